//! The assertions that every filter of entries has, written once.

/// The assertions of a type with the fields `fake` and `filter` and a method `find`.
macro_rules! asserts {
    ($filter:ident, $item:ty) => {
        impl $filter {
            /// Asserts that there is exactly one, and returns it.
            ///
            /// # Panics
            ///
            /// Panics with the report if there is none or more than one. The other assertions panic likewise.
            #[track_caller]
            pub fn once(&self) -> $item {
                self.times(1).remove(0)
            }

            /// Does the same as [`once`](Self::once), without a panic.
            ///
            /// # Errors
            ///
            /// Fails if there is none or more than one.
            pub fn try_once(&self) -> Result<$item, Error> {
                Ok(self.try_times(1)?.remove(0))
            }

            /// Asserts that there is none so far; [`never_for`](Self::never_for) waits for those that may still come.
            #[track_caller]
            pub fn never(&self) {
                self.times(0);
            }

            /// Does the same as [`never`](Self::never), without a panic.
            ///
            /// # Errors
            ///
            /// Fails if there is one.
            pub fn try_never(&self) -> Result<(), Error> {
                self.try_times(0).map(drop)
            }

            /// Asserts that there is none now and that none comes within this time of the fake's clock. Waits until no
            /// request is in flight, sets the clock forward, which takes no real time, and waits again.
            #[track_caller]
            pub fn never_for(&self, span: Duration) -> Wait<()> {
                self.filter.clone().never_for(&self.fake, span)
            }

            /// Asserts that there is exactly this number, and returns them, the first one first.
            #[track_caller]
            pub fn times(&self, want: usize) -> Vec<$item> {
                self.demand(self.try_times(want))
            }

            /// Does the same as [`times`](Self::times), without a panic.
            ///
            /// # Errors
            ///
            /// Fails if there are more or fewer.
            pub fn try_times(&self, want: usize) -> Result<Vec<$item>, Error> {
                self.find(want..=want)
            }

            /// Asserts that there is this number or more, and returns them.
            #[track_caller]
            pub fn at_least(&self, least: usize) -> Vec<$item> {
                self.demand(self.try_at_least(least))
            }

            /// Does the same as [`at_least`](Self::at_least), without a panic.
            ///
            /// # Errors
            ///
            /// Fails if there are fewer.
            pub fn try_at_least(&self, least: usize) -> Result<Vec<$item>, Error> {
                self.find(least..=usize::MAX)
            }

            /// Asserts that there is this number or fewer, and returns them.
            #[track_caller]
            pub fn at_most(&self, most: usize) -> Vec<$item> {
                self.demand(self.try_at_most(most))
            }

            /// Does the same as [`at_most`](Self::at_most), without a panic.
            ///
            /// # Errors
            ///
            /// Fails if there are more.
            pub fn try_at_most(&self, most: usize) -> Result<Vec<$item>, Error> {
                self.find(0..=most)
            }

            #[track_caller]
            fn demand<T>(&self, found: Result<T, Error>) -> T {
                demand(found.map_err(|error| Error::new(given_up(&self.fake, &error.to_string()))))
            }
        }
    };
}

pub(super) use asserts;
