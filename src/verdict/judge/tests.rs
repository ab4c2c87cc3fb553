//! Refreshes as drawn conform, and one thing wrong is found at the arrow that it is wrong on.

mod adversary;
mod calls;
mod conforming;
mod edited;
mod members;
mod replies;
mod run_wide;
