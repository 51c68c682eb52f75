//! The end of a partition's log, asked of Kafka at most once at a time: one question serves all who came before it
//! was sent.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// First offset and offset after the last.
pub(crate) type Ends = (i64, i64);

struct Last {
    /// Number of the call that `ends` answers.
    number: u64,
    ends: Result<Ends, String>,
}

/// Coalesces the questions of one partition.
pub(crate) struct Barrier {
    /// How many calls have begun.
    begun: AtomicU64,
    last: Mutex<Last>,
}

impl Default for Barrier {
    fn default() -> Self {
        Self { begun: AtomicU64::new(0), last: Mutex::new(Last { number: 0, ends: Ok((0, 0)) }) }
    }
}

impl Barrier {
    /// The log's ends at some moment after this call began.
    /// `ask` is polled only when no other question can serve.
    pub(crate) async fn ends(&self, ask: impl Future<Output = Result<Ends, String>>) -> Result<Ends, String> {
        let begun_before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.number > begun_before {
            return last.ends.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let ends = ask.await;
        *last = Last { number, ends: ends.clone() };
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn given_a_question_on_its_way_when_many_ask_then_one_more_question_serves_them_all() {
        let barrier = Arc::new(Barrier::default());
        let asked = Arc::new(AtomicU64::new(0));
        let gate = Arc::new(Semaphore::new(0));
        let ask = || {
            let (barrier, asked, gate) = (barrier.clone(), asked.clone(), gate.clone());
            tokio::spawn(async move {
                barrier
                    .ends(async {
                        let n = asked.fetch_add(1, Ordering::SeqCst) + 1;
                        gate.acquire().await.unwrap().forget();
                        Ok((0, i64::try_from(n).unwrap()))
                    })
                    .await
            })
        };
        let first = ask();
        while asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let others: Vec<_> = (0..10).map(|_| ask()).collect();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(2);
        assert_eq!(first.await.unwrap(), Ok((0, 1)));
        for other in others {
            assert_eq!(other.await.unwrap(), Ok((0, 2)), "never the answer to a question sent before");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn given_an_answer_when_someone_asks_later_then_it_is_asked_again() {
        let barrier = Barrier::default();
        assert_eq!(barrier.ends(async { Ok((0, 1)) }).await, Ok((0, 1)));
        assert_eq!(barrier.ends(async { Ok((0, 2)) }).await, Ok((0, 2)));
    }
}
