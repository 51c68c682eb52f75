//! What came of attempts is written for many at a time, and none of them holds up the others.

use std::time::Duration;

use super::Ringing;
use super::health::{ring, told_over_one};
use super::receiver::Says;
use super::worker::Worker;
use crate::deadlocks::until_waiting;
use crate::world::id;

const RINGING: [u128; 4] = [101, 102, 103, 104];

/// The fault: whoever writes of deliveries waits for those that somebody else has locked.
const WAITS: &str = "
    CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM tasklog_process.deliveries ORDER BY id FOR UPDATE;
        RETURN NULL;
    END $$;
    CREATE TRIGGER waits BEFORE UPDATE ON tasklog_process.deliveries FOR EACH STATEMENT EXECUTE FUNCTION waits()";

/// Deliveries about which nothing is left to do.
async fn done(ringing: &Ringing) -> i64 {
    let done = sqlx::query_scalar("SELECT count(*) FROM tasklog_process.deliveries WHERE due_at IS NULL");
    done.fetch_one(&ringing.world.pool).await.unwrap()
}

/// Waits until nothing is left to do about so many.
async fn until_done(ringing: &Ringing, many: i64) {
    let waits = async {
        while done(ringing).await < many {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect("it does not come to that");
}

#[tokio::test]
async fn given_a_delivery_whose_row_is_locked_when_all_are_answered_then_the_others_end_and_where_that_is_waited_for_none_does()
 {
    for waits in [false, true] {
        let ringing = told_over_one(&[Says::Later(200); RINGING.len()]).await;
        let worker = Worker::new(&ringing);
        ring(&ringing, &worker, &RINGING).await;
        for _ in RINGING {
            ringing.receiver.comes().await;
        }
        if waits {
            sqlx::raw_sql(WAITS).execute(&ringing.world.pool).await.unwrap();
        }
        let mut other = platform::postgres::begin(&ringing.world.pool).await.unwrap();
        let row = sqlx::query("SELECT 1 FROM tasklog_process.deliveries WHERE reminder_id = $1 FOR UPDATE");
        row.bind(id(RINGING[0])).execute(&mut *other).await.unwrap();
        for _ in RINGING {
            ringing.receiver.answer();
        }
        if waits {
            until_waiting(&ringing.world.pool, 1).await;
        } else {
            until_done(&ringing, 3).await;
        }
        let written = ringing.written().await.len();
        assert_eq!((written, done(&ringing).await), if waits { (0, 0) } else { (3, 3) });
        other.rollback().await.unwrap();
        worker.is_done().await;
        assert!(ringing.written().await.values().eq(&[1; RINGING.len()]), "each is written once");
        assert!(ringing.received().values().eq(&[1; RINGING.len()]), "each has come once");
        assert_eq!(done(&ringing).await, 4);
    }
}
