//! A library in one language as a process of its own: what it is asked, and all that it says.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// The line after which a driver waits for the next request.
const DONE: &[u8] = b"done";

/// A driver that was started; see `tests/conformance/drivers` for its requests. With `--render` it
/// answers with everything that its language shows of a result or an error, and then `done`.
pub struct Driver {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: Arc<Mutex<Vec<u8>>>,
    listener: Option<JoinHandle<()>>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Driver {
    /// Starts a program with its arguments; its temporary files go to `temporary`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(command: &[String], temporary: &Path) -> Result<Self, String> {
        let (program, arguments) = command.split_first().ok_or("a driver needs a program")?;
        let mut child = Command::new(program)
            .args(arguments)
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "1")
            .env("TMPDIR", temporary)
            .env("JAVA_TOOL_OPTIONS", format!("-Djava.io.tmpdir={}", temporary.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut stream = child.stderr.take().ok_or("no standard error")?;
        let errors = Arc::<Mutex<Vec<u8>>>::default();
        let heard = Arc::clone(&errors);
        let listener = thread::spawn(move || {
            let mut piece = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = stream.read(&mut piece) {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.extend_from_slice(piece.get(..read).unwrap_or_default());
            }
        });
        Ok(Driver { child, input, output, errors, listener: Some(listener) })
    }

    /// Returns the number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends a request; all that is said on standard output until it is done.
    ///
    /// # Errors
    /// The driver ended.
    pub fn ask(&mut self, line: &str) -> Result<Vec<u8>, String> {
        let input = self.input.as_mut().ok_or("the driver's input is closed")?;
        writeln!(input, "{line}").and_then(|()| input.flush()).map_err(|e| e.to_string())?;
        let mut said = Vec::new();
        loop {
            let from = said.len();
            let read = self.output.read_until(b'\n', &mut said).map_err(|e| e.to_string())?;
            if read == 0 {
                let errors = String::from_utf8_lossy(&self.errors()).into_owned();
                return Err(format!("the driver ended: {:?}: {errors}", self.child.wait()));
            }
            if said.get(from..).unwrap_or_default().trim_ascii_end() == DONE {
                return Ok(said);
            }
        }
    }

    /// Returns what came on standard error since the last time.
    pub fn errors(&self) -> Vec<u8> {
        std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a last request that ends the program, in an orderly way or not; all it says until then.
    ///
    /// # Errors
    /// Its output cannot be read.
    pub fn finish(mut self, line: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
        if let Some(mut input) = self.input.take() {
            writeln!(input, "{line}").map_err(|error| error.to_string())?;
        }
        let mut said = Vec::new();
        self.output.read_to_end(&mut said).map_err(|error| error.to_string())?;
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        Ok((said, self.errors()))
    }
}
