//! What is being built beside what serves, and how fast.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{Offsets, Positions};

/// A generation on its way to serve, as this process knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Building {
    /// Its number.
    pub generation: i32,
    /// What it has applied.
    pub offsets: Offsets,
    /// When this process first knew how far it was, and how far that was: what its speed is told by.
    since: Option<(Instant, u64)>,
}

impl Building {
    fn new(generation: i32, offsets: Offsets) -> Self {
        let since = (!offsets.is_empty()).then(|| (Instant::now(), count(&offsets)));
        Self { generation, offsets, since }
    }

    /// Records it has passed.
    pub fn read(&self) -> u64 {
        count(&self.offsets)
    }

    /// Records it passes in a second, since this process knows of it; `None` before there is anything to tell it by.
    pub fn rate(&self) -> Option<f64> {
        let (since, then) = self.since?;
        let (read, took) = (self.read() - then.min(self.read()), since.elapsed());
        (read > 0 && took > Duration::from_millis(100)).then(|| read as f64 / took.as_secs_f64())
    }
}

impl Positions {
    /// What is being built for the projection, if anything is.
    pub fn building(&self, projection: &str) -> Option<Building> {
        self.0.building.borrow().get(projection).cloned()
    }

    /// Changes of what is being built: beginnings, ends, and every step.
    pub fn buildings(&self) -> watch::Receiver<BTreeMap<String, Building>> {
        self.0.building.subscribe()
    }

    /// This is being built for the projection, and is exactly here; or nothing is.
    pub fn set_building(&self, projection: &str, building: Option<(i32, Offsets)>) {
        self.0.building.send_if_modified(|all| match building {
            None => all.remove(projection).is_some(),
            Some((generation, offsets)) => {
                match all.get_mut(projection) {
                    Some(known) if known.generation == generation && known.since.is_some() => known.offsets = offsets,
                    _ => _ = all.insert(projection.to_owned(), Building::new(generation, offsets)),
                }
                true
            }
        });
    }

    pub(super) fn advance_building(
        &self,
        projection: &str,
        generation: i32,
        moves: impl IntoIterator<Item = ((String, i32), i64)>,
    ) {
        self.0.building.send_if_modified(|all| {
            let Some(building) = all.get_mut(projection).filter(|known| known.generation == generation) else {
                return false;
            };
            for (partition, offset) in moves {
                let known = building.offsets.entry(partition).or_insert(offset);
                *known = offset.max(*known);
            }
            if building.since.is_none() {
                building.since = Some((Instant::now(), count(&building.offsets)));
            }
            true
        });
    }
}

/// Records up to these offsets.
fn count(offsets: &Offsets) -> u64 {
    offsets.values().map(|offset| (offset + 1).max(0).unsigned_abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: i64) -> Offsets {
        [(("task-events".to_owned(), 0), offset)].into()
    }

    #[test]
    fn given_one_that_serves_and_one_being_built_when_each_moves_then_only_it_has_moved() {
        let positions = Positions::new();
        positions.begin("tasks", 3, at(9), Offsets::new());
        positions.set_building("tasks", Some((4, at(-1))));
        positions.advance_of("tasks", 4, at(5));
        positions.advance_of("tasks", 3, at(10));
        positions.advance_of("tasks", 2, at(99));
        assert_eq!((positions.serving("tasks"), positions.current("tasks")), (Some(3), at(10)));
        let building = positions.building("tasks").unwrap();
        assert_eq!((building.generation, building.read()), (4, 6));
    }

    #[test]
    fn given_one_being_built_when_another_takes_its_place_then_the_first_is_forgotten() {
        let positions = Positions::new();
        positions.set_building("tasks", Some((4, at(7))));
        positions.set_building("tasks", Some((5, at(-1))));
        positions.advance_of("tasks", 4, at(8));
        assert_eq!(positions.building("tasks").unwrap().read(), 0);
        positions.set_building("tasks", None);
        assert_eq!(positions.building("tasks"), None);
    }
}
