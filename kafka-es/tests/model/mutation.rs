//! What is broken on purpose, one thing at a time, to show that the properties notice.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// Nothing: the protocol as it is.
    None,
    /// A writer believes that its own record won, instead of the first one in the log.
    FirstWinsOff,
    /// A writer refuses on its local state, without asking for the end of the log.
    BarrierOff,
    /// The end of the log is that of a moment right before the call: a leader that was deposed answers.
    BarrierStale,
    /// A record that skips a sequence is accepted.
    GapUnseen,
    /// A record that lost is applied.
    VoidsApplied,
    /// A command that is given again, after an unknown outcome, has another id.
    NewIdOnRetry,
    /// The offset is written to disk without the streams.
    FlushTorn,
    /// An acknowledged record is judged before everything below it was applied.
    OffsetGapsUnseen,
    /// A writer whose record lost does not look whether it lost to a copy of itself.
    CopiesUnseen,
    /// A writer does not look whether the stream holds the command already.
    ReplayOff,
    /// The end of the log is not waited for before a record without an offset is judged.
    BlindAckUnchecked,
}
