//! Few cells in which everything meets: each kind of edit with each moment, and what else the rotation gives.

use super::cell::{Cell, DRIFTS};
use super::moment::Moment;
use super::ways::ROUTES;
use crate::hands::KINDS;

/// Each kind of edit at each moment, once. The edits of a kind, the routes and `drift` go round, so that each kind meets
/// every kind of route, and each moment every kind of route under either `drift`.
pub(crate) fn cover() -> Vec<Cell> {
    let mut cells = Vec::new();
    for (k, kind) in KINDS.iter().enumerate() {
        for (m, moment) in Moment::ALL.into_iter().enumerate() {
            let round = k + m;
            cells.push(Cell {
                edit: &kind[round % kind.len()],
                moment,
                routes: &ROUTES[round % ROUTES.len()],
                // Turned at another pace than the edits of a kind and the routes are: all of them meet either.
                corrects: DRIFTS[(k / 2 + m / 3) % DRIFTS.len()].1,
            });
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::hands;

    #[test]
    fn everything_meets_in_few_cells() {
        let cells = cover();
        let count = |of: &dyn Fn(&Cell) -> String| {
            let all: BTreeSet<String> = cells.iter().map(of).collect();
            all.len()
        };
        let kind = |c: &Cell| {
            KINDS
                .iter()
                .position(|k| k.iter().any(|e| e.name == c.edit.name))
        };
        let (kinds, moments, routes) = (KINDS.len(), Moment::ALL.len(), ROUTES.len());
        assert_eq!(cells.len(), kinds * moments);
        assert_eq!(
            count(&|c| format!("{:?} {:?}", kind(c), c.moment)),
            kinds * moments
        );
        assert_eq!(
            count(&|c| format!("{:?} {}", kind(c), c.routes.name)),
            kinds * routes
        );
        assert_eq!(count(&|c| c.edit.name.to_owned()), hands::edits().count());
        assert_eq!(
            count(&|c| format!("{} {}", c.edit.name, c.corrects)),
            hands::edits().count() * 2
        );
        let each = |c: &Cell| format!("{:?} {} {}", c.moment, c.routes.name, c.corrects);
        assert_eq!(count(&each), moments * routes * 2);
    }
}
