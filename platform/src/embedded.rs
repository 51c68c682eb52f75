//! The servers that `tasklog up` runs itself.
