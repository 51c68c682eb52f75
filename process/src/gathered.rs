//! What several ask the database at the same time is asked once, for all of them.
//!
//! By hand: the crates that load in batches wait for a while before they ask, or remember what they were told. Here nobody waits for
//! company, and each answer is newer than its question.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::oneshot;

/// Asks several questions as one: an answer for each, in their order; `None` for one that has to be asked alone.
type Ask<Q, A> = Box<dyn Fn(Vec<Q>) -> BoxFuture<'static, Vec<Option<A>>> + Send + Sync>;

type Waits<Q, A> = (Q, oneshot::Sender<Option<A>>);

/// While a question is under way, those that come are gathered; they are the next one.
pub(crate) struct Gathered<Q, A>(Arc<Queue<Q, A>>);

struct Queue<Q, A> {
    ask: Ask<Q, A>,
    state: Mutex<State<Q, A>>,
}

struct State<Q, A> {
    waiting: Vec<Waits<Q, A>>,
    /// Somebody asks, and takes those that wait next.
    is_asking: bool,
}

impl<Q: Send + 'static, A: Send + 'static> Gathered<Q, A> {
    /// Asks by `ask`.
    pub(crate) fn new<F>(ask: impl Fn(Vec<Q>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Vec<Option<A>>> + Send + 'static,
    {
        let ask: Ask<Q, A> = Box::new(move |questions| Box::pin(ask(questions)));
        Self(Arc::new(Queue { ask, state: Mutex::new(State { waiting: Vec::new(), is_asking: false }) }))
    }

    /// The answer; `None` where it could not be had along with the others, and has to be asked for alone.
    pub(crate) async fn ask(&self, question: Q) -> Option<A> {
        let (answer, answered) = oneshot::channel();
        if self.0.is_first((question, answer)) {
            tokio::spawn(self.0.clone().answer_all());
        }
        answered.await.ok().flatten()
    }
}

impl<Q: Send + 'static, A: Send + 'static> Queue<Q, A> {
    /// Takes it in; true when nobody asks yet, and the caller has to see to that.
    fn is_first(&self, waits: Waits<Q, A>) -> bool {
        let mut state = self.state();
        state.waiting.push(waits);
        !std::mem::replace(&mut state.is_asking, true)
    }

    async fn answer_all(self: Arc<Self>) {
        let mut turn = Turn { queue: &self, is_over: false };
        while let Some(waiting) = turn.next() {
            let (questions, answers): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
            let told = (self.ask)(questions).await;
            // Whoever has gone needs no answer.
            answers.into_iter().zip(told).for_each(|(answer, told)| drop(answer.send(told)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State<Q, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to ask. Where that ends early, whoever waits is told to ask alone.
struct Turn<'a, Q: Send + 'static, A: Send + 'static> {
    queue: &'a Queue<Q, A>,
    is_over: bool,
}

impl<Q: Send + 'static, A: Send + 'static> Turn<'_, Q, A> {
    /// Everyone who waits; `None` ends the turn.
    fn next(&mut self) -> Option<Vec<Waits<Q, A>>> {
        let mut state = self.queue.state();
        self.is_over = state.waiting.is_empty();
        state.is_asking = !self.is_over;
        (!self.is_over).then(|| std::mem::take(&mut state.waiting))
    }
}

impl<Q: Send + 'static, A: Send + 'static> Drop for Turn<'_, Q, A> {
    fn drop(&mut self) {
        // Otherwise it was given back, and may be somebody else's by now.
        if !self.is_over {
            let mut state = self.queue.state();
            state.is_asking = false;
            state.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    /// Gives twice the number, and `None` for zero; each question waits for a permit.
    struct Doubling {
        asked: Mutex<Vec<Vec<u32>>>,
        may_go: Semaphore,
    }

    impl Doubling {
        fn gathered(permits: usize) -> (Arc<Self>, Arc<Gathered<u32, u32>>) {
            let doubling = Arc::new(Self { asked: Mutex::default(), may_go: Semaphore::new(permits) });
            let asked = doubling.clone();
            let gathered = Gathered::new(move |numbers: Vec<u32>| {
                let doubling = asked.clone();
                async move {
                    doubling.asked.lock().unwrap().push(numbers.clone());
                    doubling.may_go.acquire().await.unwrap().forget();
                    assert!(!numbers.contains(&13), "an unlucky number");
                    numbers.into_iter().map(|number| (number > 0).then_some(2 * number)).collect()
                }
            });
            (doubling, Arc::new(gathered))
        }

        fn asked(&self) -> Vec<Vec<u32>> {
            self.asked.lock().unwrap().clone()
        }

        async fn is_asked(&self, times: usize) {
            let is_so = async {
                while self.asked().len() < times {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(60), is_so).await.expect("nobody asks");
        }
    }

    #[tokio::test]
    async fn given_a_question_under_way_when_others_come_then_they_are_one_question_and_each_has_its_answer() {
        let (doubling, gathered) = Doubling::gathered(0);
        let first = tokio::spawn({
            let gathered = gathered.clone();
            async move { gathered.ask(1).await }
        });
        doubling.is_asked(1).await;
        let others = join_all([0, 2, 3].map(|number| gathered.ask(number)));
        let (others, ()) = tokio::join!(others, async { doubling.may_go.add_permits(2) });
        assert_eq!(others, [None, Some(4), Some(6)]);
        assert_eq!(first.await.unwrap(), Some(2));
        assert_eq!(doubling.asked(), [vec![1], vec![0, 2, 3]]);
    }

    #[tokio::test]
    async fn given_a_question_that_panics_when_others_wait_then_they_ask_alone_and_the_next_one_is_answered() {
        let (doubling, gathered) = Doubling::gathered(0);
        let first = tokio::spawn({
            let gathered = gathered.clone();
            async move { gathered.ask(13).await }
        });
        doubling.is_asked(1).await;
        let (waits, ()) = tokio::join!(gathered.ask(2), async { doubling.may_go.add_permits(2) });
        assert_eq!((first.await.unwrap(), waits), (None, None));
        assert_eq!(gathered.ask(2).await, Some(4));
        assert_eq!(doubling.asked(), [vec![13], vec![2]]);
    }

    #[tokio::test]
    async fn given_somebody_who_goes_before_the_answer_then_the_others_have_theirs() {
        let (doubling, gathered) = Doubling::gathered(0);
        let gone = tokio::spawn({
            let gathered = gathered.clone();
            async move { gathered.ask(1).await }
        });
        doubling.is_asked(1).await;
        gone.abort();
        let (answer, ()) = tokio::join!(gathered.ask(2), async { doubling.may_go.add_permits(2) });
        assert_eq!(answer, Some(4));
    }
}
