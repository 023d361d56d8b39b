//! The file of results: one line an item, on the disk before the next result is taken.
//!
//! An item is known by its reference, which tells its content too. Where it is asked again its new row
//! is added, and stands for the one before, which is removed when the run ends.

mod cell;
mod format;
mod row;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use cardwire::Billed;
use fs4::{FileExt, TryLockError};

use super::private_file;
use crate::failure::Failure;
use crate::show;
use format::{Lines, MARK};
use row::RowSummary;

pub(crate) use format::Format;
pub(crate) use row::{RECOGNITION, Row, RowStatus, VERIFICATION};

/// How many items there are, by what their rows say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) results: usize,
    pub(crate) failed: usize,
    /// Of those that failed.
    pub(crate) failed_free: usize,
    /// Of those that failed.
    pub(crate) failed_unknown: usize,
    pub(crate) lost: usize,
    /// Those without a row.
    pub(crate) left: usize,
}

/// The file of results.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    lines: Lines,
    /// True where a mark tells table programs that the file is UTF-8.
    has_mark: bool,
    file: File,
    /// By reference.
    rows: HashMap<String, RowSummary>,
    /// A row stands for one before.
    has_older_rows: bool,
}

impl Output {
    /// Opens the file, makes it where there is none, and reads which items have a row. The part of a
    /// line at the end, which a run that was killed left there, is removed.
    pub(crate) fn open(
        path: &Path,
        (format, has_mark): (Format, bool),
        own: &[&'static str],
    ) -> Result<Self, Failure> {
        let mut output = Output {
            path: path.to_owned(),
            lines: Lines::new(format, own),
            has_mark,
            file: open_locked(path)?,
            rows: HashMap::new(),
            has_older_rows: false,
        };
        output.take_up()?;
        Ok(output)
    }

    fn problem(&self, error: &io::Error) -> Failure {
        Failure::file(&self.path, "the results cannot be read or written", error)
    }

    /// Reads the rows that there are, or writes the headings.
    fn take_up(&mut self) -> Result<(), Failure> {
        let headings = self.lines.headings().map_err(|error| self.problem(&error))?;
        let (whole, rest) = self.read_rows(headings.as_deref())?;
        // A file of something else that has no line end is not ours to cut.
        if whole == 0 && !rest.is_empty() && !self.lines.may_begin_with(&rest) {
            return Err(self.unexpected("results", "text of another form"));
        }
        self.file.set_len(whole).map_err(|error| self.problem(&error))?;
        self.file.seek(SeekFrom::End(0)).map_err(|error| self.problem(&error))?;
        if let Some(headings) = headings.filter(|_| whole == 0) {
            let mark = if self.has_mark { MARK } else { b"" };
            self.append(&[mark, &headings].concat())?;
        }
        Ok(())
    }

    /// Returns the length of the whole lines in bytes, and what stands behind them.
    fn read_rows(&mut self, headings: Option<&[u8]>) -> Result<(u64, Vec<u8>), Failure> {
        let file = self.file.try_clone().map_err(|error| self.problem(&error))?;
        let mut reader = BufReader::new(file);
        let (mut whole, mut number, mut line) = (0, 0, Vec::new());
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(|error| self.problem(&error))?;
            if !line.ends_with(b"\n") {
                return Ok((whole, line));
            }
            number += 1;
            match headings.filter(|_| number == 1) {
                Some(headings) if line.strip_prefix(MARK).unwrap_or(&line) == headings => {}
                Some(_) => return Err(self.unexpected("the headings", "others")),
                None => {
                    let (reference, told) = self.lines.read(&line).ok_or_else(|| {
                        self.unexpected("results", format!("text of another form in line {number}"))
                    })?;
                    self.has_older_rows |= self.rows.insert(reference, told).is_some();
                }
            }
            whole += u64::try_from(read).unwrap_or(0);
        }
    }

    fn unexpected(&self, expected: &str, found: impl std::fmt::Display) -> Failure {
        let expected = format!("{expected} of such a batch in {}", show::path(&self.path));
        Failure::argument("--output", &expected, found)
    }

    /// Returns whether the item of a reference has a row, and none that is asked again: `again` says so
    /// of what a row says, and of its bill.
    pub(crate) fn has(&self, reference: &str, again: impl Fn(RowStatus, Billed) -> bool) -> bool {
        self.rows.get(reference).is_some_and(|told| !again(told.status, told.billed))
    }

    /// Writes a row to the disk.
    pub(crate) fn write(&mut self, row: &Row) -> Result<(), Failure> {
        let line = self.lines.row(row).map_err(|error| self.problem(&error))?;
        self.append(&line)?;
        let told = self.rows.insert(row.reference.clone(), row.summary());
        self.has_older_rows |= told.is_some();
        Ok(())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(line)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| self.problem(&error))
    }

    /// Writes the file anew without the rows that a later one stands for. Killed meanwhile, or failing,
    /// it is the file as it was.
    pub(crate) fn remove_older_rows(&mut self) -> Result<(), Failure> {
        if !self.has_older_rows {
            return Ok(());
        }
        let problem = |error: io::Error| {
            Failure::file(&self.path, "the rows of earlier tries cannot be removed", &error)
        };
        let mut last = HashMap::new();
        self.each_line(|number, reference, _| {
            last.insert(reference.to_owned(), number);
            Ok(())
        })
        .map_err(problem)?;
        let new = tempfile::NamedTempFile::new_in(private_file::folder_of(&self.path));
        let mut new = new.map_err(problem)?;
        // Before it has the name: another run that opens it then waits for its turn.
        FileExt::try_lock(new.as_file()).map_err(|error| problem(error.into()))?;
        let mut kept = io::BufWriter::new(new.as_file_mut());
        self.each_line(|number, reference, line| {
            let stands = last.get(reference).is_none_or(|last| *last == number);
            if stands { kept.write_all(line) } else { Ok(()) }
        })
        .and_then(|()| kept.flush())
        .map_err(problem)?;
        drop(kept);
        new.as_file().sync_all().map_err(problem)?;
        let mut file = new.persist(&self.path).map_err(|error| problem(error.error))?;
        private_file::sync_folder(&self.path).map_err(problem)?;
        file.seek(SeekFrom::End(0)).map_err(problem)?;
        self.file = file;
        self.has_older_rows = false;
        Ok(())
    }

    /// Calls `work` with the number, the reference and the bytes of each line; the headings have no
    /// reference.
    fn each_line(
        &self,
        mut work: impl FnMut(usize, &str, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        let mut lines = BufReader::new(file);
        let (mut number, mut line) = (0, Vec::new());
        while lines.read_until(b'\n', &mut line)? > 0 {
            let read = self.lines.read(&line);
            work(number, read.as_ref().map_or("", |(reference, _)| reference), &line)?;
            number += 1;
            line.clear();
        }
        Ok(())
    }

    /// Counts these items.
    pub(crate) fn counts<'a>(&self, references: impl Iterator<Item = &'a str>) -> Counts {
        let mut counts = Counts::default();
        for reference in references {
            let told = self.rows.get(reference);
            if let Some(RowSummary { status: RowStatus::Failed, billed }) = told {
                counts.failed_free += usize::from(*billed == Billed::No);
                counts.failed_unknown += usize::from(*billed == Billed::Unknown);
            }
            let count = match told.map(|told| told.status) {
                Some(RowStatus::Result) => &mut counts.results,
                Some(RowStatus::Failed) => &mut counts.failed,
                Some(RowStatus::AnsweredBefore) => &mut counts.lost,
                None => &mut counts.left,
            };
            *count += 1;
        }
        counts
    }
}

/// Opens the file for this run alone: it holds what was read of cards, for its owner alone.
fn open_locked(path: &Path) -> Result<File, Failure> {
    loop {
        let problem = |error: io::Error| Failure::file(path, "it cannot be opened", &error);
        let file = private_file::open(path).map_err(problem)?;
        match FileExt::try_lock(&file) {
            // A run that ended meanwhile may have put another file in its place.
            Ok(()) if private_file::is_at(&file, path) => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let expected = format!("{} for this run alone", show::path(path));
                let found = "another run that writes to it";
                return Err(Failure::argument("--output", &expected, found));
            }
            Err(TryLockError::Error(error)) => {
                return Err(Failure::file(path, "it cannot be locked", &error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::inputs::Item;
    use super::*;
    use crate::exit::Exit;

    fn rows(path: &Path, format: Format) -> Output {
        Output::open(path, (format, format == Format::Csv), VERIFICATION).unwrap()
    }

    fn item(name: &str) -> Item<()> {
        let reference = format!("{name}#abcdefgh");
        Item { name: name.to_owned(), reference, order_id: None, input: () }
    }

    fn failed(name: &str) -> Row {
        let error = cardwire::Client::from_json("").unwrap_err();
        Row::of_error(&item(name), &error)
    }

    #[test]
    fn a_file_is_continued_and_a_line_that_was_cut_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        for (name, format) in [("a.csv", Format::Csv), ("a.jsonl", Format::JsonLines)] {
            let path = folder.path().join(name);
            for name in ["one", "two, with a comma", "=three"] {
                rows(&path, format).write(&failed(name)).unwrap();
            }
            assert!(rows(&path, format).rows.contains_key("=three#abcdefgh"));
            let whole = std::fs::read(&path).unwrap();
            // Cut anywhere, every whole line counts and the rest is removed.
            for length in 0..whole.len() {
                std::fs::write(&path, &whole[..length]).unwrap();
                let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
                let headings = usize::from(format == Format::Csv).min(lines);
                let output = rows(&path, format);
                assert_eq!(output.rows.len(), lines - headings, "{name} cut at {length}");
                let left = std::fs::read(&path).unwrap();
                assert!(left.is_empty() || left.ends_with(b"\n"), "{name} cut at {length}");
            }
        }
    }

    #[test]
    fn a_row_stands_for_an_earlier_one_of_its_item_which_is_then_removed() {
        let folder = tempfile::tempdir().unwrap();
        let others = folder.path().join("a.csv.new");
        std::fs::write(&others, "somebody's").unwrap();
        for (name, format) in [("a.csv", Format::Csv), ("a.jsonl", Format::JsonLines)] {
            let path = folder.path().join(name);
            let mut output = rows(&path, format);
            for name in ["one", "two", "one"] {
                output.write(&failed(name)).unwrap();
            }
            let size = || std::fs::read_to_string(&path).unwrap().lines().count();
            let headings = usize::from(format == Format::Csv);
            assert_eq!(size(), headings + 3);
            output.remove_older_rows().unwrap();
            assert_eq!((size(), output.has_older_rows), (headings + 2, false));
            // It goes on at the end of the new file, which is this run's alone too.
            output.write(&failed("three")).unwrap();
            assert!(Output::open(&path, (format, false), VERIFICATION).is_err());
            drop(output);
            let output = rows(&path, format);
            assert_eq!((size(), output.rows.len()), (headings + 3, 3));
            assert!(output.has("one#abcdefgh", |_, billed| billed == Billed::Unknown));
            assert!(!output.has("one#abcdefgh", |_, billed| billed == Billed::No));
        }
        assert_eq!(std::fs::read_to_string(others).unwrap(), "somebody's");
    }

    #[test]
    fn another_file_is_not_written_to_and_no_file_twice_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for other in ["name,phone\n1,2\n", "no line end", "{\"item\":\"x\"}\n"] {
            std::fs::write(&path, other).unwrap();
            assert!(Output::open(&path, (Format::Csv, false), VERIFICATION).is_err(), "{other}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
        }
        std::fs::remove_file(&path).unwrap();
        let held = rows(&path, Format::Csv);
        let refused = Output::open(&path, (Format::Csv, false), VERIFICATION).unwrap_err();
        assert!(refused.to_string().contains("another run"), "{refused}");
        drop(held);
        assert_eq!(refused.exit(), Exit::Usage);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_for_its_owner_alone_and_no_link() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(rows(&path, Format::Csv));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(Output::open(&link, (Format::Csv, false), VERIFICATION).is_err());
    }
}
