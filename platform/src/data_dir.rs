//! What the data folder holds and who may use it.
