//! The lease of a delivery that cannot be renewed: operators are told, and the attempt goes on. What others do meanwhile is in `pairs`.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use platform::metrics::Metrics;
use tracing::field::Field;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use uuid::Uuid;

use super::Ringing;
use super::receiver::Says;
use super::worker::Worker;

/// The fault: Postgres refuses to hear that the work goes on, and takes what comes of it.
const REFUSED: &str = "
    CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'refused';
    END $$;
    CREATE TRIGGER refused BEFORE UPDATE ON tasklog_process.deliveries
        FOR EACH ROW WHEN (NEW.attempts = OLD.attempts AND NEW.outcome IS NULL) EXECUTE FUNCTION refused()";

/// What is logged of leases: how loudly, and of which delivery.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<(Level, String)>>>);

impl Logged {
    fn lines(&self) -> Vec<(Level, String)> {
        self.0.lock().unwrap().clone()
    }

    /// Waits until there are so many lines.
    async fn has(&self, lines: usize) {
        let comes = async {
            while self.lines().len() < lines {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), comes).await.expect("nobody is told");
    }
}

impl<S: Subscriber> Layer<S> for Logged {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() != "process::delivery::lease" {
            return;
        }
        let mut delivery = String::new();
        event.record(&mut |field: &Field, value: &dyn Debug| {
            if field.name() == "delivery" {
                delivery = format!("{value:?}");
            }
        });
        self.0.lock().unwrap().push((*event.metadata().level(), delivery));
    }
}

/// How often a lease could not be renewed, by what operators scrape.
fn counted(metrics: &Metrics) -> usize {
    let text = metrics.render();
    let count = |line: &str| line.strip_prefix("tasklog_delivery_lease_failures_total ")?.parse::<usize>().ok();
    text.lines().find_map(count).unwrap_or_default()
}

#[tokio::test]
async fn given_a_lease_that_cannot_be_renewed_when_the_attempt_takes_long_then_one_warning_all_are_counted_and_its_outcome_is_written()
 {
    let (logged, metrics) = (Logged::default(), Metrics::install());
    // The worker works in this thread too.
    let _default = tracing::subscriber::set_default(tracing_subscriber::registry().with(logged.clone()));
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Later(200)]]).await;
    ringing.ring(1);
    ringing.read().await;
    let worker = Worker::new(&ringing);
    // Other tests may share the process.
    let before = counted(&metrics);
    assert_eq!(worker.fire().await, 1);
    ringing.receiver.comes().await;
    sqlx::raw_sql(REFUSED).execute(&ringing.world.pool).await.unwrap();
    logged.has(2).await;
    assert!(counted(&metrics) >= before + 2, "{}", metrics.render());
    ringing.receiver.answer();
    worker.is_done().await;

    let received: Vec<Uuid> = ringing.received().into_keys().collect();
    let (levels, deliveries): (Vec<Level>, Vec<String>) = logged.lines().into_iter().unzip();
    assert_eq!((levels[0], deliveries), (Level::WARN, vec![received[0].to_string(); levels.len()]));
    assert!(levels[1..].iter().all(|level| *level == Level::DEBUG), "told more than once: {levels:?}");
    assert_eq!(ringing.received().into_values().collect::<Vec<_>>(), [1]);
    assert_eq!(ringing.written().await.into_values().collect::<Vec<_>>(), [1]);
    assert_eq!(ringing.ends(101), ["tasklog.reminder.sent.v1"]);
}
