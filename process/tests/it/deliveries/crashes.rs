//! A process dies before any one of its steps, and another takes its place: everybody is told. Twice only where it died with an attempt
//! made and not written down, and then under the same id.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use super::receiver::Says;
use super::{Ringing, STEPS};

/// Rounds of random crashes.
const ROUNDS: usize = 200;

#[tokio::test]
async fn given_a_process_that_dies_before_any_one_step_then_the_receiver_has_it_twice_only_before_the_outcome_is_written()
 {
    let mut ringing = Ringing::mortal().await;
    for step in STEPS {
        let mut deaths = 0;
        for spared in 0.. {
            ringing = ringing.anew().await;
            ringing.told_over(&[vec![Says::Now(500), Says::Now(200)]]).await;
            ringing.ring(1);
            ringing.dies_before(step, spared).await;
            let died = ringing.live().await.is_err();
            ringing.nobody_dies().await;
            ringing.live().await.unwrap();
            let said = format!("died before {step} after {spared} times");
            // One id, whatever happens.
            assert_eq!(ringing.received().len(), 1, "{said}");
            let unwritten: usize = unwritten(&ringing).await.into_values().sum();
            assert_eq!(unwritten, usize::from(died && step == "outcome"), "{said}");
            // The second time it died with an attempt that was answered by 200.
            let delivered = ringing.receiver.received().iter().filter(|it| it.status == 200).count();
            assert_eq!(delivered, 1 + usize::from(unwritten == 1 && spared == 1), "{said}");
            assert_eq!(ringing.ends(101), ["tasklog.reminder.sent.v1"], "{said}");
            if !died {
                break;
            }
            deaths += 1;
        }
        assert!(deaths > 0, "no process takes the step {step}");
    }
}

/// What one round is of.
#[derive(Debug, Clone)]
struct Story {
    reminders: u128,
    hooks: Vec<Vec<Says>>,
    /// Before which step each process dies, and how often it passes that before.
    deaths: Vec<(usize, i64)>,
}

fn stories() -> impl Strategy<Value = Story> {
    let works = (0..3_usize).prop_map(|failures| [vec![Says::Now(500); failures], vec![Says::Now(204)]].concat());
    let hook = prop_oneof![4 => works, 1 => Just(vec![Says::Now(410)])];
    let deaths = proptest::collection::vec((0..STEPS.len(), 0..6_i64), 0..4);
    let story = (1..4_u128, proptest::collection::vec(hook, 1..4), deaths);
    story.prop_map(|(reminders, hooks, deaths)| Story { reminders, hooks, deaths })
}

/// Attempts that were made and are not written down. A process leaves at most one of each delivery, and none that lives on.
async fn unwritten(ringing: &Ringing) -> BTreeMap<Uuid, usize> {
    let written = ringing.written().await;
    let rest = |(id, times): (Uuid, usize)| (id, times - written.get(&id).copied().unwrap_or(0));
    ringing.received().into_iter().map(rest).collect()
}

#[tokio::test]
async fn given_200_rounds_of_random_crashes_then_everybody_is_told_and_what_is_written_down_is_not_repeated() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[12; 32]));
    let mut ringing = Ringing::mortal().await;
    let mut doubled = 0;
    for round in 0..ROUNDS {
        let story = stories().new_tree(&mut runner).unwrap().current();
        let said = format!("round {round}: {story:?}");
        ringing = ringing.anew().await;
        ringing.told_over(&story.hooks).await;
        ringing.ring(story.reminders);
        let mut left = BTreeMap::new();
        for (step, spared) in &story.deaths {
            ringing.dies_before(STEPS[*step], *spared).await;
            let died = ringing.live().await.is_err();
            let now = unwritten(&ringing).await;
            for (id, times) in &now {
                let more = times - left.get(id).copied().unwrap_or(0);
                assert!(more <= usize::from(died), "{said}: {more} attempts of one process are not written down");
            }
            left = now;
        }
        ringing.nobody_dies().await;
        ringing.live().await.unwrap();
        assert_eq!(unwritten(&ringing).await.values().sum::<usize>(), left.values().sum::<usize>(), "{said}");
        doubled += usize::from(left.values().any(|times| *times > 0));
        every_end_is_as_it_should_be(&ringing, &story, &said).await;
        // From the first record on, nobody is told again.
        let before = (ringing.receiver.received().len(), ringing.world.twin.len());
        sqlx::query("TRUNCATE tasklog_process.positions").execute(&ringing.world.pool).await.unwrap();
        ringing.live().await.unwrap();
        assert_eq!((ringing.receiver.received().len(), ringing.world.twin.len()), before, "{said}");
    }
    assert!(doubled > 10, "hardly a process died with an attempt that it had not written down: {doubled}");
}

async fn every_end_is_as_it_should_be(ringing: &Ringing, story: &Story, said: &str) {
    let works = |hook: &&Vec<Says>| hook.last() != Some(&Says::Now(410));
    let (working, reminders) = (story.hooks.iter().filter(works).count(), usize::try_from(story.reminders).unwrap());
    // Over each channel that works, each reminder has come.
    let mut delivered: Vec<Uuid> =
        ringing.receiver.received().iter().filter(|it| it.status == 204).map(|it| it.id).collect();
    delivered.sort();
    delivered.dedup();
    assert_eq!(delivered.len(), working * reminders, "{said}");
    // And once its outcome is written, never again.
    let ends = sqlx::query_scalar(
        "SELECT count(*) FROM tasklog_process.attempts WHERE outcome = 'delivered' GROUP BY delivery_id",
    );
    let ends: Vec<i64> = ends.fetch_all(&ringing.world.pool).await.unwrap();
    assert_eq!(ends, vec![1; working * reminders], "{said}");
    let end = if working > 0 { "tasklog.reminder.sent.v1" } else { "tasklog.reminder.delivery_failed.v1" };
    for n in 0..story.reminders {
        assert_eq!(ringing.ends(101 + n), [end], "{said}: reminder {n}");
    }
}
