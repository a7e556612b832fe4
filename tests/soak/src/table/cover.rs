//! Few cells in which everything meets: each edit with each moment, and what else the rotation gives.

use super::cell::{Cell, DRIFTS};
use super::moment::Moment;
use super::ways::ROUTES;
use crate::hands::EDITS;

/// Each (edit, moment) once. The routes and `drift` go round, so that each (edit, kind of route) and each (moment, kind of
/// route, `drift`) is there too.
pub(crate) fn cover() -> Vec<Cell> {
    let mut cells = Vec::new();
    for (e, edit) in EDITS.iter().enumerate() {
        for (m, moment) in Moment::ALL.into_iter().enumerate() {
            let round = e + m;
            cells.push(Cell {
                edit,
                moment,
                routes: &ROUTES[round % ROUTES.len()],
                // Turned once a round of the routes, so that it is not the same one for each of them.
                corrects: DRIFTS[(round / ROUTES.len() + m) % DRIFTS.len()].1,
            });
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn everything_meets_in_few_cells() {
        let cells = cover();
        let count = |of: &dyn Fn(&Cell) -> String| {
            let all: BTreeSet<String> = cells.iter().map(of).collect();
            all.len()
        };
        let (edits, moments, routes) = (EDITS.len(), Moment::ALL.len(), ROUTES.len());
        let drift = |c: &Cell| c.corrects;
        assert_eq!(cells.len(), edits * moments);
        assert_eq!(
            count(&|c| format!("{} {:?}", c.edit.name, c.moment)),
            edits * moments
        );
        assert_eq!(
            count(&|c| format!("{} {}", c.edit.name, c.routes.name)),
            edits * routes
        );
        assert_eq!(
            count(&|c| format!("{} {}", c.edit.name, drift(c))),
            edits * 2
        );
        assert_eq!(
            count(&|c| format!("{:?} {} {}", c.moment, c.routes.name, drift(c))),
            moments * routes * 2
        );
    }
}
