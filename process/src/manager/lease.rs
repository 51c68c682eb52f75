//! While a clock is at work on rows, others leave them alone: for a while, without a lock. The lane writes what the log tells of the same
//! rows meanwhile, however long their commands take.
//!
//! It only spares work. Whoever is slower than the lease gives commands that another has given, under the same ids.

/// How long rows are left to a clock that has taken them, in SQL. Whoever died with them holds them up for no longer: about as long as it
/// takes to start again. A round takes a sixth of it; where Kafka is so slow that it takes longer, another clock may do the same again.
pub(crate) const TAKEN_FOR: &str = "interval '2 seconds'";

/// The rows that nobody is at work on, in SQL. One that seems to be taken for far longer was taken before the database's clock went back.
pub(crate) const FREE: &str = "(taken_until IS NULL OR taken_until NOT BETWEEN now() AND now() + interval '1 minute')";
