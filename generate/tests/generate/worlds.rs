//! Invented worlds: how often the grants of a role are used, a rate drawn for each.

/// Days that a world lasts.
pub(crate) const DAYS: u32 = 121;

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// From 0 to 1, never 0.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON
    }

    fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    /// One of these, each as probable.
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.unit() * of.len() as f64) as usize % of.len()]
    }

    /// The days of a window and the days ahead with a use at this daily rate.
    pub(crate) fn days(&mut self, rate: f64) -> Vec<u32> {
        let uses = |random: &mut Self| random.unit() < 1.0 - (-rate).exp();
        (0..DAYS).filter(|_| uses(self)).collect()
    }
}

/// How often grants of a level are used in a role: the rate of each is drawn.
pub(crate) type World = fn(&mut Random, level: &str) -> Box<dyn Fn(&mut Random) -> f64>;

/// A gamma distribution of shape 1 (exponential); how busy differs from role to role and from level to level.
pub(crate) fn steady(random: &mut Random, level: &str) -> Box<dyn Fn(&mut Random) -> f64> {
    let busy = random.pick(&[0.3, 1.0, 3.0]);
    let scale = if level == "Write" { 0.01 } else { 0.03 };
    Box::new(move |random| random.exponential() * scale * busy)
}

/// A gamma distribution of shape 2 and mean 0.02 to 0.08: much of what is silent comes back.
pub(crate) fn slow(random: &mut Random, level: &str) -> Box<dyn Fn(&mut Random) -> f64> {
    let busy = random.pick(&[1.0, 2.0, 4.0]);
    let scale = if level == "Write" { 0.005 } else { 0.01 };
    Box::new(move |random| (random.exponential() + random.exponential()) * scale * busy)
}

/// One steady rate, of a fifth to all of the grants; nobody needs the others.
pub(crate) fn rare(random: &mut Random, _: &str) -> Box<dyn Fn(&mut Random) -> f64> {
    let needed = random.pick(&[0.2, 0.6, 0.9]);
    Box::new(move |random| match random.unit() < needed {
        true => 0.02,
        false => 0.0,
    })
}

/// Daily, weekly and monthly work, in roles that need a third of their grants, more or less.
pub(crate) fn calendar(random: &mut Random, level: &str) -> Box<dyn Fn(&mut Random) -> f64> {
    let needed = random.pick(&[0.05, 0.3, 0.8]);
    let often: &[f64] = match level {
        "Write" => &[1.0, 0.14, 0.033, 0.011],
        _ => &[1.0, 0.14, 0.14, 0.033],
    };
    Box::new(move |random| match random.unit() < needed {
        true => random.pick(often),
        false => 0.0,
    })
}
