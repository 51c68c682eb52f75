//! Producer epochs that clients raise by themselves.
//!
//! A producer that gave up on a record starts a new epoch on its own (KIP-360). Tansu 0.6 knows only the
//! epochs it gave out and panics at any other, so each raised epoch stands for a producer of its own here. The
//! numbering of records starts anew with an epoch, as it does with a producer, so nothing else changes.

use std::collections::HashMap;

use tansu_sans_io::{InitProducerIdRequest, ProduceRequest};
use tansu_storage::{Error, Storage, StorageContainer};
use tokio::sync::Mutex;

/// Which producer stands for an epoch that a client raised.
#[derive(Debug, Default)]
pub(super) struct Epochs(Mutex<HashMap<(i64, i16), i64>>);

impl Epochs {
    /// Makes the request one for a new producer: Tansu has no answer to a producer that asks again.
    pub(super) fn forget(request: &mut InitProducerIdRequest) {
        if request.transactional_id.is_none() {
            request.producer_id = Some(-1);
            request.producer_epoch = Some(-1);
        }
    }

    /// Puts known producers in the place of raised epochs.
    pub(super) async fn translate(
        &self,
        request: &mut ProduceRequest,
        storage: &StorageContainer,
    ) -> Result<(), Error> {
        let topics = request.topic_data.iter_mut().flatten();
        let partitions = topics.flat_map(|topic| topic.partition_data.iter_mut().flatten());
        for batch in
            partitions.flat_map(|partition| partition.records.iter_mut()).flat_map(|records| &mut records.batches)
        {
            if batch.producer_id >= 0 && batch.producer_epoch > 0 {
                batch.producer_id = self.stand_in(batch.producer_id, batch.producer_epoch, storage).await?;
                batch.producer_epoch = 0;
            }
        }
        Ok(())
    }

    async fn stand_in(&self, producer: i64, epoch: i16, storage: &StorageContainer) -> Result<i64, Error> {
        // Held while asking: two requests of one epoch must not get two stand-ins.
        let mut known = self.0.lock().await;
        if let Some(stand_in) = known.get(&(producer, epoch)) {
            return Ok(*stand_in);
        }
        let stand_in = storage.init_producer(None, 0, Some(-1), Some(-1)).await?.id;
        known.insert((producer, epoch), stand_in);
        Ok(stand_in)
    }
}
