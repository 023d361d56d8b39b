//! The tables of the journal's file, and how those of earlier versions are brought up to date.

use rusqlite::Connection;

use super::files::{APPLICATION_ID, OLDEST, SECOND, VERSION};
use super::problem::storage;
use crate::error::Error;

/// `phase` says how much the row alone tells of an order, whoever runs: it is what lists are
/// filtered by. `writer` names who began it: device and number of the file, and the byte whose lock shows life.
/// `own_number` is the order number that the caller chose, of an order that stands in place of that one.
const SCHEMA: &str = "
CREATE TABLE orders (
    order_id TEXT PRIMARY KEY,
    own_number TEXT,
    reference TEXT,
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    operation TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intent', 'released', 'done')),
    sends INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    boot TEXT,
    writer TEXT NOT NULL,
    sent TEXT,
    billed TEXT,
    outcome TEXT,
    vendor_code TEXT,
    request_id TEXT,
    http_status INTEGER,
    late INTEGER NOT NULL DEFAULT 0,
    reconciled_ms INTEGER,
    note TEXT,
    phase TEXT NOT NULL GENERATED ALWAYS AS (CASE
        WHEN state <> 'done' THEN iif(reconciled_ms IS NULL, 'open', 'open_settled')
        WHEN sent = 'yes' THEN 'answered'
        WHEN sent = 'no' THEN 'not_sent'
        ELSE iif(reconciled_ms IS NULL, 'unknown', 'unknown_settled')
    END) VIRTUAL
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_phase ON orders (phase, created_ms, order_id);
CREATE INDEX orders_by_account ON orders (phase, account, created_ms, order_id);
CREATE INDEX orders_by_vendor ON orders (phase, vendor, created_ms, order_id);
CREATE INDEX orders_by_reference ON orders (reference, created_ms, order_id)
    WHERE reference IS NOT NULL;
";

/// The indexes of what few orders have. Those whose numbers were used again are counted by the day of their last
/// request.
const PARTIAL_INDEXES: &str = "
CREATE INDEX IF NOT EXISTS orders_sent_again ON orders (account, changed_ms) WHERE sends > 1;
CREATE INDEX IF NOT EXISTS orders_in_place ON orders (own_number) WHERE own_number IS NOT NULL;
";

/// Makes of the second version's table one of this version: there an order in place of another had its
/// number as its reference, and the other may have been pruned.
const UPGRADE_SECOND: &str = "
ALTER TABLE orders ADD COLUMN own_number TEXT;
UPDATE orders SET own_number = reference WHERE reference IS NOT NULL;
";

/// Makes of the first version's table one of this version.
const UPGRADE_FIRST: &str = "
ALTER TABLE orders RENAME TO orders_before;
DROP INDEX orders_by_account;
DROP INDEX orders_by_time;
DROP INDEX open_orders;
";
const UPGRADED_FIRST: &str = "
INSERT INTO orders (order_id, vendor, account, operation, state, sends, created_ms, changed_ms, boot,
    writer, sent, billed, outcome, vendor_code, request_id, http_status, late, reconciled_ms, note)
SELECT order_id, vendor, account, operation, state, sends, created_ms, changed_ms, boot, process, sent,
    billed, outcome, vendor_code, request_id, http_status, late, reconciled_ms, note
FROM orders_before;
DROP TABLE orders_before;
";

/// Returns the kind that the file states of itself; `None` where it is empty.
pub(super) fn identity(connection: &Connection) -> Result<Option<(i64, i64)>, rusqlite::Error> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    Ok(match number("SELECT count(*) FROM sqlite_schema")? {
        0 => None,
        _ => Some((number("PRAGMA application_id")?, number("PRAGMA user_version")?)),
    })
}

/// Refuses a file of another kind.
pub(super) fn check_identity(identity: Option<(i64, i64)>) -> Result<(), Error> {
    match identity {
        None | Some((APPLICATION_ID, OLDEST..=VERSION)) => Ok(()),
        Some((APPLICATION_ID, _)) => {
            Err(storage("cannot be used: another version of this library wrote it"))
        }
        Some(_) => Err(storage("cannot be used: it is another program's SQLite file")),
    }
}

/// Makes the tables where there are none yet, or brings them up to date; returns what the file stated before.
pub(super) fn prepare(connection: &Connection) -> Result<Option<(i64, i64)>, rusqlite::Error> {
    connection.execute_batch("PRAGMA synchronous = FULL; BEGIN IMMEDIATE")?;
    let found = identity(connection)?;
    let steps: &[&str] = match found {
        None => &[SCHEMA, PARTIAL_INDEXES],
        Some((APPLICATION_ID, OLDEST)) => &[UPGRADE_FIRST, SCHEMA, UPGRADED_FIRST, PARTIAL_INDEXES],
        Some((APPLICATION_ID, SECOND)) => &[UPGRADE_SECOND, PARTIAL_INDEXES],
        Some(_) => &[],
    };
    for step in steps {
        connection.execute_batch(step)?;
    }
    if !steps.is_empty() {
        connection.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}"
        ))?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(found)
}
