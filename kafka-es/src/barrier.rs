//! The end of a partition's log, found out at most once at a time: one answer serves all who came before its question was
//! sent.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::error::LoadError;

struct Last {
    /// Number of the call that `end` answers.
    number: u64,
    end: Result<i64, LoadError>,
}

/// Coalesces the questions of one partition.
pub(crate) struct Coalesced {
    /// How many calls have begun.
    begun: AtomicU64,
    last: Mutex<Last>,
}

impl Default for Coalesced {
    fn default() -> Self {
        Self { begun: AtomicU64::new(0), last: Mutex::new(Last { number: 0, end: Ok(0) }) }
    }
}

impl Coalesced {
    /// An offset below which stands everything that was acknowledged before this call began.
    /// `find` is polled only when no other call's answer can serve.
    pub(crate) async fn end(&self, find: impl Future<Output = Result<i64, LoadError>>) -> Result<i64, LoadError> {
        let begun_before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.number > begun_before {
            return last.end.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let end = find.await;
        *last = Last { number, end: end.clone() };
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn given_a_question_on_its_way_when_many_ask_then_one_more_question_serves_them_all() {
        let barrier = Arc::new(Coalesced::default());
        let asked = Arc::new(AtomicU64::new(0));
        let gate = Arc::new(Semaphore::new(0));
        let ask = || {
            let (barrier, asked, gate) = (barrier.clone(), asked.clone(), gate.clone());
            tokio::spawn(async move {
                barrier
                    .end(async {
                        let n = asked.fetch_add(1, Ordering::SeqCst) + 1;
                        gate.acquire().await.unwrap().forget();
                        Ok(i64::try_from(n).unwrap())
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
        assert_eq!(first.await.unwrap().unwrap(), 1);
        for other in others {
            assert_eq!(other.await.unwrap().unwrap(), 2, "never the answer to a question sent before");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn given_an_answer_when_someone_asks_later_then_it_is_asked_again() {
        let barrier = Coalesced::default();
        assert_eq!(barrier.end(async { Ok(1) }).await.unwrap(), 1);
        assert_eq!(barrier.end(async { Ok(2) }).await.unwrap(), 2);
    }
}
