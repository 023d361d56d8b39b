//! The arguments of the command.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use cardwire::{OrderStatus, Vendor};
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

/// The heading of the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Reads bank cards from photos and verifies cardholders.
///
/// Vendors and secrets stand in a configuration file, which is the same in every language. Card numbers
/// are printed masked unless --reveal is given.
#[derive(Debug, Parser)]
#[command(name = "cardwire", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Arguments {
    /// The configuration; where none is named, the file of the variable CARDWIRE_CONFIG, or cardwire.json in
    /// this folder.
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    pub config: Option<PathBuf>,
    /// Print JSON: one object a line.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read the card in each photo.
    Recognize(Recognize),
    /// Ask whether a card, a name and an ID number belong together.
    Verify(Verify),
    /// Name the issuer of a card number: from the table on this machine, or by a vendor with --ask.
    Lookup(Lookup),
    /// Check a number or a photo on this machine; nothing is sent.
    #[command(subcommand)]
    Check(Check),
    /// Read a folder of photos, or ask about each row of a CSV file, and go on where it was cut off.
    Batch(Batch),
    /// List and settle the orders of the journal.
    Orders(Orders),
    /// Look for what would make calls fail: configuration, names, proxy, certificates, clock,
    /// credentials, token store, journal. Nothing that is billed is asked.
    Doctor,
    /// Run the vendors on this machine, for tries and tests; "cardwire sandbox --help" has its options.
    #[cfg(feature = "sandbox")]
    #[command(disable_help_flag = true)]
    Sandbox {
        /// Its options.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        options: Vec<std::ffi::OsString>,
    },
    /// Print the completions for a shell.
    Completion {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Manual,
}

/// Options that calls have.
#[derive(Args, Clone, Debug, Default)]
pub struct CallArguments {
    /// Ask this account, by its name or its vendor's; given again, those in this order.
    #[arg(long = "vendor", value_name = "NAME")]
    pub vendors: Vec<String>,
    /// The longest time that a call may take, in seconds.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    /// Print card numbers unmasked, and with --json everything that the vendor told.
    #[arg(long)]
    pub reveal: bool,
}

/// Options of one call.
#[derive(Args, Clone, Debug, Default)]
pub struct OneCallArguments {
    #[command(flatten)]
    pub call: CallArguments,
    /// An order number of your own: 1 to 32 letters and digits, never used before.
    #[arg(long, value_name = "NUMBER")]
    pub order_id: Option<String>,
    /// A name of your own for what is asked, which the journal keeps.
    #[arg(long, value_name = "NAME")]
    pub reference: Option<String>,
}

/// Arguments of `recognize`.
#[derive(Args, Debug)]
pub struct Recognize {
    /// Photos: JPEG, PNG, BMP or WebP files, or "-" for one from the standard input.
    #[arg(required = true, value_name = "PHOTO")]
    pub photos: Vec<PathBuf>,
    #[command(flatten)]
    pub call: OneCallArguments,
}

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// Read the cardholder from a JSON file with card_number, name, id_number and phone, or from the
    /// standard input for "-". Arguments are seen by other users of the machine; a file is not.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["card_number", "name", "id_number", "phone"])]
    pub from: Option<PathBuf>,
    /// The card number.
    #[arg(long, value_name = "NUMBER", required_unless_present = "from")]
    pub card_number: Option<String>,
    /// The holder's name.
    #[arg(long, required_unless_present = "from")]
    pub name: Option<String>,
    /// The number of the holder's ID card.
    #[arg(long, value_name = "NUMBER")]
    pub id_number: Option<String>,
    /// The phone number that the holder left with the bank.
    #[arg(long, value_name = "NUMBER")]
    pub phone: Option<String>,
    #[command(flatten)]
    pub call: OneCallArguments,
}

/// Arguments of `lookup`.
#[derive(Args, Debug)]
pub struct Lookup {
    /// The card number, or "-" to read it from the standard input.
    #[arg(value_name = "NUMBER")]
    pub card_number: String,
    /// Ask a vendor, which bills it.
    #[arg(long)]
    pub ask: bool,
    #[command(flatten)]
    pub call: OneCallArguments,
}

/// What is checked.
#[derive(Debug, Subcommand)]
pub enum Check {
    /// Check the form and the check digit of a card number.
    CardNumber {
        /// The number, or "-" to read it from the standard input.
        number: String,
    },
    /// Check the form, the check digit and the birth date of a resident's ID number of 18 characters. Vendors
    /// verify other documents too, which are not checked.
    IdNumber {
        /// The number, or "-" to read it from the standard input.
        number: String,
    },
    /// Check which vendors take a photo.
    Photo {
        /// The photo, or "-" to read it from the standard input.
        photo: PathBuf,
        /// Look at the photo too: whether a card can be read, or is blurred or cut.
        #[arg(long)]
        look: bool,
    },
}

/// Arguments of `batch`.
#[derive(Args, Debug)]
pub struct Batch {
    /// A folder of photos, or a CSV file: with a column "photo", or with "card_number", "name",
    /// "reference" and, where vendors want them, "id_number" and "phone".
    pub input: PathBuf,
    /// The file of results: .csv, or .jsonl for lines of JSON. An existing file is continued.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Begin a CSV file with the mark by which Excel knows UTF-8.
    #[arg(long)]
    pub excel: bool,
    /// Take the photos of the folders in it, too.
    #[arg(long)]
    pub recursive: bool,
    /// Leave this column of the CSV file out; given again, those. Any other heading that is not known is
    /// refused, since it may be one that was mistyped.
    #[arg(long = "ignore-column", value_name = "HEADING")]
    pub ignore_columns: Vec<String>,
    /// The most calls in flight.
    #[arg(long, value_name = "NUMBER", value_parser = at_least_one, allow_negative_numbers = true)]
    pub concurrency: Option<NonZeroUsize>,
    /// End before more calls than this were billed, or may have been, in all runs of the batch.
    #[arg(long, value_name = "CALLS", value_parser = count::<u64>, allow_negative_numbers = true)]
    pub limit_billed: Option<u64>,
    /// Ask again for the items that failed in an earlier run and were not billed.
    #[arg(long)]
    pub retry_failed: bool,
    /// Ask again for the items that may have been executed and billed, in this run or an earlier one that
    /// was killed; look at "cardwire orders unknown" first.
    #[arg(long)]
    pub retry_unknown: bool,
    /// Ask again, and pay again, for the items that a vendor answered in an earlier run whose results are
    /// lost.
    #[arg(long)]
    pub retry_answered: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
    #[command(flatten)]
    pub call: CallArguments,
}

/// Arguments of `orders`.
#[derive(Args, Debug)]
pub struct Orders {
    /// The journal, in place of the configuration's.
    #[arg(long, global = true, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    #[command(subcommand)]
    pub action: OrdersAction,
}

/// What is done with orders.
#[derive(Debug, Subcommand)]
pub enum OrdersAction {
    /// List orders, newest first.
    List(Filter),
    /// List the orders that a vendor may have executed and billed without this machine knowing.
    Unknown,
    /// Show one order.
    Show {
        /// The order number.
        order_id: String,
    },
    /// Note that an order was settled with the vendor.
    Reconcile {
        /// The order number.
        order_id: String,
        /// What was found, without personal data.
        #[arg(long)]
        note: String,
    },
    /// Write orders to a new file as lines of JSON.
    Export {
        /// The file, or "-" for the standard output.
        file: PathBuf,
        #[command(flatten)]
        filter: Filter,
    },
    /// Remove old orders, but those that run or are unknown and not settled.
    Prune {
        /// The age from which on they are removed, in days, at least 1.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..))]
        older_than: u64,
    },
}

/// Which orders.
#[derive(Args, Clone, Debug)]
pub struct Filter {
    /// Those of this status.
    #[arg(long, value_parser = PossibleValuesParser::new(OrderStatus::ALL.iter().map(|status| status.slug())))]
    pub status: Option<String>,
    /// Those of this vendor.
    #[arg(long, value_parser = PossibleValuesParser::new(Vendor::ALL.iter().map(|vendor| vendor.name())))]
    pub vendor: Option<String>,
    /// Those of this account.
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Those with this reference.
    #[arg(long, value_name = "NAME")]
    pub reference: Option<String>,
    /// Those first written at this time or later: 2026-12-01, or 2026-12-01T08:00+08:00.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Those first written before this time.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "NUMBER", value_parser = count::<usize>, allow_negative_numbers = true)]
    pub limit: Option<usize>,
}

fn count<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "expected a number from 0 on, found another text".to_owned())
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a number from 1 on, found another text".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let expected = "expected a number of seconds, from 0 on";
    let seconds: f64 =
        text.parse().map_err(|_| format!("{expected}, found text that is no number"))?;
    match seconds {
        _ if !seconds.is_finite() => Err(format!("{expected}, found one that is not finite")),
        ..0.0 => Err(format!("{expected}, found one below 0")),
        _ => Duration::try_from_secs_f64(seconds)
            .map_err(|_| format!("{expected}, found more than a machine counts")),
    }
}
