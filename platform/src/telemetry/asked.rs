//! A filter that is asked each time.
//!
//! A layer's filter keeps its answer in a thread-local until the span or event arrives. Where every filter accepts a
//! callsite for good, tracing does not ask again, and what arrives finds the answer to the question before, which may
//! have been about something else: sqlx asks whether its queries are logged, without logging them, and our next span
//! or line vanished. <https://github.com/tokio-rs/tracing/issues/2519>

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// Answers as the filter inside, but never "always": so that it is asked before each span and event.
#[derive(Debug)]
pub(super) struct Asked<F>(pub(super) F);

impl<S: Subscriber, F: Filter<S>> Filter<S> for Asked<F> {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        self.0.enabled(metadata, context)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        let interest = self.0.callsite_enabled(metadata);
        if interest.is_always() { Interest::sometimes() } else { interest }
    }

    fn event_enabled(&self, event: &Event<'_>, context: &Context<'_, S>) -> bool {
        self.0.event_enabled(event, context)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.0.max_level_hint()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.0.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.0.on_record(id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.0.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.0.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.0.on_close(id, context);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::dispatcher;
    use tracing_subscriber::Registry;
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::layer::{Layer, SubscriberExt};

    use super::*;

    /// Counts the events that reach it.
    struct Count(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Count {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many of two events arrive when, before the second, somebody asks about what the filter refuses.
    fn arriving(filter: impl Filter<Registry> + Send + Sync + 'static) -> usize {
        let refused = tracing::subscriber::with_default(Registry::default(), || {
            tracing::debug_span!(target: "sqlx", "query").metadata().unwrap()
        });
        let count = Arc::new(AtomicUsize::new(0));
        let subscriber = Registry::default().with(Count(count.clone()).with_filter(filter));
        tracing::subscriber::with_default(subscriber, || {
            for ask in [false, true] {
                if ask {
                    // A yes or no for all layers together; what the one filter answered stays behind.
                    dispatcher::get_default(|dispatch| dispatch.enabled(refused));
                }
                tracing::info!("seen");
            }
        });
        count.load(Ordering::Relaxed)
    }

    fn filter() -> Targets {
        // A filter for all levels of one target: what other targets ask is not refused by level alone.
        Targets::new().with_target("platform", LevelFilter::TRACE)
    }

    #[test]
    fn given_a_plain_filter_when_others_only_ask_then_an_event_is_lost() {
        assert_eq!(arriving(filter()), 1, "mended in tracing-subscriber: Asked can go");
    }

    #[test]
    fn given_an_asked_filter_when_others_only_ask_then_no_event_is_lost() {
        assert_eq!(arriving(Asked(filter())), 2);
    }
}
