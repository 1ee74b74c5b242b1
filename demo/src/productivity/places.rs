//! Where the companies are.

use crate::names::{self, Place};

#[rustfmt::skip]
pub const PLACES: [Place; 4] = [
    Place { name: "Far and Wide",     slug: "far-and-wide",     city: &names::NOWHERE },
    Place { name: "Hudson Drafting",  slug: "hudson-drafting",  city: &names::NEW_YORK },
    Place { name: "Waitemata Design", slug: "waitemata-design", city: &names::AUCKLAND },
    Place { name: "Spree Software",   slug: "spree-software",   city: &names::BERLIN },
];
