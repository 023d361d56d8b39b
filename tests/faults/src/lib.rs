//! Faults: a caller that is killed, disks that fail, answers that never come. The tests are in
//! `tests/`; the program is the caller that they kill.
