//! Where the distributors are, whom they sell to, and what.

use crate::names::{self, Place};

#[rustfmt::skip]
pub const PLACES: [Place; 4] = [
    Place { name: "Havel Weinkontor",       slug: "havel-weinkontor",  city: &names::BERLIN },
    Place { name: "Golden Coast Wines",     slug: "golden-coast",      city: &names::LOS_ANGELES },
    Place { name: "Southern Cross Cellars", slug: "southern-cross",    city: &names::AUCKLAND },
    Place { name: "Thames Vintners",        slug: "thames-vintners",   city: &names::LONDON },
];

pub const VENUES: [&str; 8] = [
    "Bistro",
    "Wine Bar",
    "Hotel",
    "Café",
    "Bottle Shop",
    "Restaurant",
    "Taproom",
    "Brasserie",
];

pub const SUPPLIERS: [&str; 8] = [
    "Alder Ridge Estate",
    "Blackbird Imports",
    "Casa Lumen",
    "Domaine Perrot",
    "Ferro & Sons",
    "Hollow Oak Cellars",
    "Isola Trading",
    "Juniper Lane",
];

/// Brands, of which each supplier has two.
pub const MAKERS: [&str; 12] = [
    "Alder Ridge",
    "Blackbird",
    "Casa Lumen",
    "Perrot",
    "Ferro",
    "Hollow Oak",
    "Isola",
    "Juniper Lane",
    "Kestrel",
    "Lindenhof",
    "Marisol",
    "North Quay",
];

/// What there is of a category.
pub fn styles(category: Option<&str>) -> [&'static str; 4] {
    match category {
        Some("White") => ["Riesling", "Chardonnay", "Albariño", "Pinot Blanc"],
        Some("Rosé") => ["Rosé", "Rosé Brut", "Pale Rosé", "Saignée"],
        Some("Sparkling") => ["Crémant", "Cava", "Brut Nature", "Pét-Nat"],
        Some("Spirits") => ["Old Brandy", "Dry Gin", "Aged Rum", "Plum Spirit"],
        Some("Beer") => ["Pale Ale", "Pilsner", "Porter", "Wheat Beer"],
        Some("Vermouth") => ["Vermouth", "Dry Vermouth", "Bianco", "Quinquina"],
        _ => ["Pinot Noir", "Merlot", "Syrah", "Tempranillo"],
    }
}
