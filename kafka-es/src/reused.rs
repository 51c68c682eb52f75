//! Whether a command's id was used before for something else, asked without giving the command.

use crate::codec::EventCodec;
use crate::command::{Freshness, StoredAggregate};
use crate::error::LoadError;
use crate::store::EventStore;

impl<A: StoredAggregate, C: EventCodec<A::Event>> EventStore<A, C> {
    /// Whether the stream has a command of this id with another fingerprint: [`execute`](Self::execute) would refuse it as
    /// [`KeyReused`](crate::ExecuteError::KeyReused). Whoever gives many commands as one asks this of all of them before it gives the
    /// first.
    ///
    /// ```no_run
    /// # use kafka_es::*;
    /// # async fn example<A: StoredAggregate>(store: EventStore<A>, transfer: CommandMeta) -> Result<bool, LoadError> {
    /// let (id, fingerprint) = (&transfer.command_id, transfer.fingerprint.as_deref());
    /// Ok(store.is_reused("default/42", id, fingerprint, Freshness::Barrier).await?
    ///     || store.is_reused("default/43", id, fingerprint, Freshness::Barrier).await?)
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn is_reused(
        &self,
        stream: &str,
        command_id: &str,
        fingerprint: Option<&str>,
        freshness: Freshness,
    ) -> Result<bool, LoadError> {
        self.in_time(async {
            let partition = self.shared.home(stream);
            self.shared.wait_ready(partition).await?;
            if freshness == Freshness::Barrier {
                self.shared.check_reachable(partition)?;
                self.shared.catch_up(partition).await?;
            }
            let known = partition.command(stream, command_id).map_err(|e| LoadError::State(e.to_string()))?;
            Ok(known.is_some_and(|known| known.fingerprint.as_deref() != fingerprint))
        })
        .await
    }
}
