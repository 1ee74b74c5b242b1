//! Where the apps are.

use crate::names::{self, Place};

#[rustfmt::skip]
pub const PLACES: [Place; 4] = [
    Place { name: "Liftlog",      slug: "liftlog",       city: &names::BERLIN },
    Place { name: "Empire Reps",  slug: "empire-reps",   city: &names::NEW_YORK },
    Place { name: "Sadhana Fit",  slug: "sadhana-fit",   city: &names::KOLKATA },
    Place { name: "Thames Train", slug: "thames-train",  city: &names::LONDON },
];
