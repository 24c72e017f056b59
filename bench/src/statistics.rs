//! Medians, and ratios of windows that were measured in pairs.

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The ratios of two sides, round by round.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Ratio {
    /// Of each round's window to the other's of the same round.
    pub fn of(these: &[f64], to: &[f64]) -> Self {
        let ratios: Vec<f64> = these.iter().zip(to).map(|(this, other)| this / other).collect();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        Self { median: median(ratios), least, most }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { median, least, most } = self;
        write!(formatter, "{median:.2} ({least:.2}–{most:.2})")
    }
}
