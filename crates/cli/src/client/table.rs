//! Columns that line up, and fit where they are shown.

use anstyle::Style;

use super::words::{BOLD, cut};

/// Between two columns.
const GAP: usize = 2;

/// A cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self {
            text,
            style: Style::new(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Cell {
    /// In a colour.
    pub(crate) fn coloured(text: &str, style: Style) -> Self {
        Self {
            text: text.to_owned(),
            style,
        }
    }
}

/// Rows under a heading.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
    widths: Vec<usize>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(headings: &[&str]) -> Self {
        let mut table = Self {
            rows: Vec::new(),
            widths: vec![0; headings.len()],
        };
        table.add(headings.iter().map(|h| Cell::coloured(h, BOLD)).collect());
        table
    }

    /// One more row.
    pub(crate) fn add(&mut self, row: Vec<Cell>) {
        for (width, cell) in self.widths.iter_mut().zip(&row) {
            *width = (*width).max(cell.text.chars().count());
        }
        self.rows.push(row);
    }

    /// Keeps columns at least so wide: for rows that are told later.
    pub(crate) fn at_least(mut self, widths: &[usize]) -> Self {
        for (width, least) in self.widths.iter_mut().zip(widths) {
            *width = (*width).max(*least);
        }
        self
    }

    /// All of it as text. Where it is wider than `width`, the last column is cut.
    pub(crate) fn render(&self, width: usize) -> String {
        self.rows.iter().map(|row| self.line(row, width)).collect()
    }

    /// The newest row alone.
    pub(crate) fn last(&self, width: usize) -> String {
        self.rows
            .last()
            .map_or_else(String::new, |row| self.line(row, width))
    }

    fn line(&self, row: &[Cell], width: usize) -> String {
        let mut line = String::new();
        let mut used = 0;
        for (column, (cell, wide)) in row.iter().zip(&self.widths).enumerate() {
            let is_last = column + 1 == row.len();
            let text = if is_last {
                cut(&cell.text, width.saturating_sub(used))
            } else {
                cell.text.clone()
            };
            let style = cell.style;
            line += &format!("{style}{text}{style:#}");
            if !is_last {
                let blanks = wide.saturating_sub(text.chars().count()) + GAP;
                line += &" ".repeat(blanks);
                used += wide + GAP;
            }
        }
        // Empty cells at the end leave no blanks behind.
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn columns_line_up_and_only_the_last_is_cut() {
        let mut table = Table::new(&["NAME", "WAITS FOR"]);
        table.add(vec!["checkout".into(), "a very long story".into()]);
        table.add(vec!["é".into(), "x".into()]);
        assert_eq!(
            bare(&table.render(18)),
            "NAME      WAITS F…\ncheckout  a very …\né         x\n"
        );
        assert_eq!(bare(&table.last(80)), "é         x\n");
    }

    #[test]
    fn empty_cells_at_the_end_leave_no_blanks() {
        let mut table = Table::new(&["A", "B"]);
        table.add(vec!["a".into(), "".into()]);
        assert_eq!(bare(&table.last(80)), "a\n");
    }
}
