//! `store`: stores a login. Docker's form reads JSON from stdin; the form for people asks
//! questions.

mod choice;
mod options;
mod person;
mod plan;
mod protocol;
mod summary;
mod target;
mod trial;

pub use options::Options;
pub use person::run as run_for_person;
pub use protocol::run as run_protocol;
