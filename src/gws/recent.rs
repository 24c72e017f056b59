//! A memory of the latest things: of what goes on for ever, the oldest is forgotten.

use std::borrow::Borrow;
use std::collections::BTreeMap;

/// A map of at most so many entries. If there are more, the half that was used longest ago is forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Recent<K, V> {
    entries: BTreeMap<K, Used<V>>,
    most: usize,
    /// Counts uses.
    uses: u64,
}

#[derive(Clone, Debug)]
struct Used<V> {
    last: u64,
    value: V,
}

impl<K: Ord, V> Recent<K, V> {
    pub(crate) fn of(most: usize) -> Self {
        Self { entries: BTreeMap::new(), most, uses: 0 }
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key).map(|used| &used.value)
    }

    /// Returns an entry, which is used by that.
    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.uses += 1;
        let used = self.entries.get_mut(key)?;
        used.last = self.uses;
        Some(&mut used.value)
    }

    /// Adds an entry; returns the values of those that are forgotten for it.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Vec<V> {
        self.uses += 1;
        self.entries.insert(key, Used { last: self.uses, value });
        if self.entries.len() > self.most { self.forget_half() } else { Vec::new() }
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.entries.remove(key).map(|used| used.value)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values().map(|used| &used.value)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn forget_half(&mut self) -> Vec<V> {
        let mut uses: Vec<u64> = self.entries.values().map(|used| used.last).collect();
        let middle = uses.len() / 2;
        let (_, &mut first_that_stays, _) = uses.select_nth_unstable(middle);
        let entries = std::mem::take(&mut self.entries).into_iter();
        let (forgotten, stay) = entries.partition(|(_, used)| used.last < first_that_stays);
        self.entries = stay;
        let forgotten: BTreeMap<K, Used<V>> = forgotten;
        forgotten.into_values().map(|used| used.value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_that_was_used_longest_ago_is_forgotten() {
        let mut recent = Recent::of(4);
        for key in 1..=4 {
            assert!(recent.insert(key, 10 * key).is_empty());
        }
        *recent.get_mut(&1).unwrap() = 11;
        assert_eq!(recent.insert(5, 50), [20, 30]);
        assert_eq!(recent.values().copied().collect::<Vec<_>>(), [11, 40, 50]);
        assert_eq!(recent.get(&2), None);
        assert_eq!(recent.remove(&1), Some(11));
        assert_eq!(recent.len(), 2);
    }

    #[test]
    fn there_are_never_more_than_so_many() {
        let mut recent = Recent::of(10);
        for key in 0..1_000 {
            recent.insert(key, ());
            assert!(recent.len() <= 10 && recent.get(&key).is_some(), "{key}");
        }
    }
}
