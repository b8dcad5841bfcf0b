//! A screen as a picture: the cells of a frame written as SVG, for documents in which no terminal runs. Pure.
//!
//! Borders are drawn as lines, because fonts leave gaps between them. Text stands in pieces, each with its own place and
//! width, so that a font with other widths, or a wide character, moves nothing else.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Tenths of a pixel: whole numbers are written the same everywhere.
const CELL_WIDTH: u32 = 84;
const CELL_HEIGHT: u32 = 180;
const MARGIN: u32 = 140;
const TITLE_BAR: u32 = 340;
/// From the top of a row to the line that its letters stand on.
const BASELINE: u32 = 132;

const GROUND: &str = "#16181d";
const TEXT: &str = "#d3d7de";
/// The sixteen colours of a terminal, as the first one here shows them.
const PALETTE: [&str; 16] = [
    "#3b4048", "#f0717b", "#8ccf7e", "#e5c76b", "#6cb2f0", "#c792ea", "#5fd0d5", "#d3d7de",
    "#6b7280", "#ff8b94", "#a5e398", "#f4d98b", "#8ec8ff", "#d9b3f5", "#86e4e8", "#ffffff",
];

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    ink: Ink,
    ground: Option<Ink>,
    bold: bool,
    faint: bool,
    italic: bool,
    underlined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Named(&'static str),
    Rgb(u8, u8, u8),
}

impl std::fmt::Display for Ink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Rgb(red, green, blue) => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

/// The frame as an SVG document in a window with this title: the same bytes for the same cells.
pub fn picture(buffer: &Buffer, title: &str) -> String {
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let width = columns * CELL_WIDTH + 2 * MARGIN;
    let height = rows * CELL_HEIGHT + TITLE_BAR + MARGIN;
    let title = escaped(title);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img">
<title>{title}</title>
<style>text{{font:14px "DejaVu Sans Mono","SF Mono",Menlo,Consolas,"Liberation Mono",monospace;fill:{TEXT}}}.b{{font-weight:700}}.f{{opacity:.6}}.i{{font-style:italic}}.u{{text-decoration:underline}}</style>
<rect x=".5" y=".5" width="{iw}" height="{ih}" rx="9" fill="{GROUND}" stroke="#383d47"/>
<circle cx="20" cy="17" r="5.5" fill="#ec6a5e"/><circle cx="39" cy="17" r="5.5" fill="#f4be4f"/><circle cx="58" cy="17" r="5.5" fill="#61c554"/>
<text class="f" x="{middle}" y="21.5" text-anchor="middle">{title}</text>
"##,
        w = px(width),
        h = px(height),
        iw = px(width - 10),
        ih = px(height - 10),
        middle = px(width / 2),
    );
    let mut layers = Layers::default();
    for y in 0..buffer.area.height {
        row(buffer, y, &mut layers);
    }
    svg.push_str(&layers.grounds);
    layers.borders.write(&mut svg);
    svg.push_str(&layers.texts);
    svg.push_str("</svg>\n");
    svg
}

/// What is drawn, the lowest first.
#[derive(Default)]
struct Layers {
    grounds: String,
    borders: Borders,
    texts: String,
}

fn row(buffer: &Buffer, y: u16, to: &mut Layers) {
    let mut piece = Piece::default();
    let mut ground = Ground::default();
    let mut x = 0;
    while x < buffer.area.width {
        let cell = &buffer[(buffer.area.x + x, buffer.area.y + y)];
        let symbol = cell.symbol();
        let cells = u16::try_from(symbol.width()).unwrap_or(1).max(1);
        let look = look(cell);
        ground.add(look.ground, x, cells, y, &mut to.grounds);
        if let Some(arms) = arms(symbol) {
            piece.write(y, &mut to.texts);
            to.borders.add(look, x, y, arms);
        } else if symbol.trim().is_empty() {
            piece.space(y, &mut to.texts);
        } else {
            piece.add(symbol, look, x, cells, y, &mut to.texts);
        }
        x += cells;
    }
    piece.write(y, &mut to.texts);
    ground.write(y, &mut to.grounds);
}

/// Neighbouring cells of one ground: a single area, because the seam between two would show.
#[derive(Default)]
struct Ground {
    ink: Option<Ink>,
    x: u16,
    cells: u16,
}

impl Ground {
    fn add(&mut self, ink: Option<Ink>, x: u16, cells: u16, y: u16, svg: &mut String) {
        if self.ink == ink {
            self.cells += cells;
            return;
        }
        self.write(y, svg);
        *self = Self { ink, x, cells };
    }

    fn write(&self, y: u16, svg: &mut String) {
        if let Some(ink) = self.ink {
            let _ = writeln!(
                svg,
                r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{ink}"/>"#,
                px(left(self.x)),
                px(top(y)),
                px(u32::from(self.cells) * CELL_WIDTH),
                px(CELL_HEIGHT),
            );
        }
    }
}

/// Text of one look that stands together. At most one space in a row is inside: SVG shows no more.
#[derive(Default)]
struct Piece {
    text: String,
    look: Option<Look>,
    x: u16,
    cells: u16,
    spaces: u16,
}

impl Piece {
    fn space(&mut self, y: u16, svg: &mut String) {
        self.spaces += 1;
        if self.spaces > 1 {
            self.write(y, svg);
        }
    }

    fn add(&mut self, symbol: &str, look: Look, x: u16, cells: u16, y: u16, svg: &mut String) {
        // Signs may come from another font than letters.
        let alone = !symbol.is_ascii();
        if alone || self.look != Some(look) {
            self.write(y, svg);
        }
        if self.text.is_empty() {
            (self.x, self.cells, self.spaces, self.look) = (x, 0, 0, Some(look));
        }
        if self.spaces > 0 {
            self.text.push(' ');
        }
        self.cells += self.spaces + cells;
        self.spaces = 0;
        self.text.push_str(symbol);
        if alone {
            self.write(y, svg);
        }
    }

    fn write(&mut self, y: u16, svg: &mut String) {
        let text = std::mem::take(&mut self.text);
        let look = self.look.take();
        self.spaces = 0;
        let Some(look) = look.filter(|_| !text.is_empty()) else {
            return;
        };
        svg.push_str("<text");
        let classes: Vec<&str> = [
            (look.bold, "b"),
            (look.faint, "f"),
            (look.italic, "i"),
            (look.underlined, "u"),
        ]
        .into_iter()
        .filter_map(|(has, class)| has.then_some(class))
        .collect();
        if !classes.is_empty() {
            let _ = write!(svg, r#" class="{}""#, classes.join(" "));
        }
        if look.ink != Ink::Named(TEXT) {
            let _ = write!(svg, r#" style="fill:{}""#, look.ink);
        }
        let _ = writeln!(
            svg,
            r#" x="{}" y="{}" textLength="{}" lengthAdjust="spacingAndGlyphs">{}</text>"#,
            px(left(self.x)),
            px(top(y) + BASELINE),
            px(u32::from(self.cells) * CELL_WIDTH),
            escaped(&text),
        );
    }
}

/// Lines of borders, those of one look together.
#[derive(Default)]
struct Borders(Vec<Lines>);

struct Lines {
    look: Look,
    path: String,
    /// Where the last level line ends, and where in the path that is said, while nothing came after it.
    open: Option<(u32, u32, usize)>,
}

impl Borders {
    /// Adds the lines from the middle of a cell to its left, right, upper and lower edge.
    fn add(&mut self, look: Look, x: u16, y: u16, [to_left, to_right, up, down]: [bool; 4]) {
        let at = self.0.iter().position(|lines| lines.look == look);
        let at = at.unwrap_or_else(|| {
            let path = String::new();
            let open = None;
            self.0.push(Lines { look, path, open });
            self.0.len() - 1
        });
        let Lines { path, open, .. } = &mut self.0[at];
        let (x, y) = (left(x), top(y));
        let (middle, centre) = (x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2);
        if to_left || to_right {
            let from = if to_left { x } else { middle };
            let to = if to_right { x + CELL_WIDTH } else { middle };
            match *open {
                Some((end, level, said)) if (end, level) == (from, centre) => path.truncate(said),
                _ => {
                    let _ = write!(path, "M{} {}", px(from), px(centre));
                }
            }
            *open = Some((to, centre, path.len()));
            let _ = write!(path, "H{}", px(to));
        }
        if up || down {
            let from = if up { y } else { centre };
            let to = if down { y + CELL_HEIGHT } else { centre };
            *open = None;
            let _ = write!(path, "M{} {}V{}", px(middle), px(from), px(to));
        }
    }

    fn write(&self, svg: &mut String) {
        for Lines { look, path, .. } in &self.0 {
            // A line of full strength is heavier in a picture than in a terminal.
            let strength = if look.faint { ".35" } else { ".55" };
            let ink = look.ink;
            let _ = writeln!(
                svg,
                r#"<path fill="none" stroke="{ink}" stroke-opacity="{strength}" d="{path}"/>"#
            );
        }
    }
}

/// Where the lines of a border character go: left, right, up, down. None for every other character.
fn arms(symbol: &str) -> Option<[bool; 4]> {
    let ends = match symbol {
        "─" => "lr",
        "│" => "ud",
        "┌" => "rd",
        "┐" => "ld",
        "└" => "ru",
        "┘" => "lu",
        "├" => "rud",
        "┤" => "lud",
        "┬" => "lrd",
        "┴" => "lru",
        "┼" => "lrud",
        _ => return None,
    };
    Some(['l', 'r', 'u', 'd'].map(|end| ends.contains(end)))
}

fn look(cell: &Cell) -> Look {
    let has = |modifier| cell.modifier.contains(modifier);
    let (mut ink, mut ground) = (ink(cell.fg), ink(cell.bg));
    if has(Modifier::REVERSED) {
        (ink, ground) = (
            Some(ground.unwrap_or(Ink::Named(GROUND))),
            Some(ink.unwrap_or(Ink::Named(TEXT))),
        );
    }
    Look {
        ink: ink.unwrap_or(Ink::Named(TEXT)),
        ground,
        bold: has(Modifier::BOLD),
        faint: has(Modifier::DIM),
        italic: has(Modifier::ITALIC),
        underlined: has(Modifier::UNDERLINED),
    }
}

/// None for the terminal's own colour.
fn ink(color: Color) -> Option<Ink> {
    let index = match color {
        Color::Rgb(red, green, blue) => return Some(Ink::Rgb(red, green, blue)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(index) => usize::from(index),
        Color::Reset => return None,
    };
    PALETTE.get(index).map(|name| Ink::Named(name))
}

fn left(x: u16) -> u32 {
    MARGIN + u32::from(x) * CELL_WIDTH
}

fn top(y: u16) -> u32 {
    TITLE_BAR + u32::from(y) * CELL_HEIGHT
}

/// Tenths of a pixel in pixels.
fn px(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// As text of an XML document, in which control characters have no place at all.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}
