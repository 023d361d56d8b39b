//! wechat
use super::*;
pub(super) const OPERATIONS: &[Operation] = &[];
pub(super) const DEFAULT_URL: &str = "https://example.com";
#[cfg(test)]
pub(super) fn documented_codes() -> Vec<(&'static str, &'static str)> {
    Vec::new()
}
pub(super) fn check_picture(_: &Picture) -> Option<Result<(), Error>> {
    None
}
pub(super) struct Account;
impl Account {
    pub(super) fn open(e: &mut Section<'_>, _: Endpoint) -> Result<Self, Error> {
        e.secret("app_code")?;
        Ok(Account)
    }
}
impl Adapter for Account {
    fn check(&self, _: &Call) -> Result<(), Error> {
        Ok(())
    }
    fn build(
        &self,
        _: &Call,
        _: Option<&Token>,
        _: Now,
        _: &mut Entropy,
    ) -> Result<Request, Error> {
        Ok(Request::get(String::new()))
    }
    fn parse(&self, _: &Call, _: &Response) -> Reply {
        Reply {
            request_id: None,
            billed: Billed::No,
            result: Err(Refusal::new(Kind::Internal, "")),
        }
    }
    fn secrets(&self) -> Vec<&str> {
        Vec::new()
    }
}
