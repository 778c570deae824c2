//! Where the boxes of the chains stand: issuers to the left of what they issued, families together, many brothers in a frame, loners
//! in a grid below.

mod family;

use family::Family;
use mtlsmith_validate::graph::Graph;

/// The places of all boxes, in pixels.
pub(super) struct Layout {
    /// The left upper corner of each box, by member.
    pub(super) places: Vec<Place>,
    /// From issuer to issued, by member; those that lead into a frame left out.
    pub(super) edges: Vec<(usize, usize)>,
    /// The frames around many certificates of one issuer.
    pub(super) frames: Vec<Frame>,
    pub(super) width: i64,
    pub(super) height: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// Certificates of one issuer that issued nothing themselves, too many for an arrow each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) issuer: usize,
    pub(super) place: Place,
    pub(super) width: i64,
    pub(super) height: i64,
    members: Vec<usize>,
}

pub(super) const BOX_WIDTH: i64 = 230;
pub(super) const BOX_HEIGHT: i64 = 66;
const COLUMN: i64 = BOX_WIDTH + 50;
const ROW: i64 = BOX_HEIGHT + 14;
/// Columns that fill the width of the page.
const COLUMNS: usize = 4;
/// Up to so many brothers have an arrow each.
const BROTHERS: usize = 6;
/// Between the boxes within a frame, and around them.
const PADDING: i64 = 12;

impl Layout {
    /// Lays out every member of a bundle.
    pub(super) fn of(graph: &Graph) -> Self {
        let family = Family::of(graph);
        let places = vec![Place::default(); family.len()];
        let mut layout = Layout { places, edges: family.edges(), frames: Vec::new(), width: 0, height: 0 };
        for member in 0..family.len() {
            if !family.is_alone(member) && family.parent(member).is_none() {
                layout.grow(&family, member);
            }
        }
        layout.loners(&family);
        let frames = &layout.frames;
        layout.edges.retain(|(issuer, issued)| {
            !frames.iter().any(|frame| frame.issuer == *issuer && frame.members.contains(issued))
        });
        let boxes = layout.places.iter().map(|place| place.x + BOX_WIDTH);
        layout.width =
            boxes.chain(layout.frames.iter().map(|frame| frame.place.x + frame.width)).max().unwrap_or(0);
        layout.height = (layout.height - (ROW - BOX_HEIGHT)).max(0);
        layout
    }

    /// Places a certificate and all that descend from it; says where it stands.
    fn grow(&mut self, family: &Family, member: usize) -> i64 {
        let (mut single, mut parents): (Vec<usize>, Vec<usize>) =
            (Vec::new(), family.children(member).collect());
        if parents.len() > BROTHERS {
            (single, parents) =
                parents.into_iter().partition(|child| family.children(*child).next().is_none());
        }
        let mut heights: Vec<i64> = parents.into_iter().map(|child| self.grow(family, child)).collect();
        if !single.is_empty() {
            heights = vec![self.frame(family, member, single)];
        }
        let y = match (heights.first(), heights.last()) {
            (Some(first), Some(last)) => (first + last) / 2,
            _ => {
                let y = self.height;
                self.height += ROW;
                y
            }
        };
        self.put(member, Place { x: whole(family.depth(member)) * COLUMN, y });
        y
    }

    /// Places brothers within a frame; says where its first row stands.
    fn frame(&mut self, family: &Family, issuer: usize, members: Vec<usize>) -> i64 {
        let depth = family.depth(issuer) + 1;
        let columns = COLUMNS.saturating_sub(depth).max(2).min(members.len());
        let rows = members.len().div_ceil(columns);
        let place = Place { x: whole(depth) * COLUMN, y: self.height };
        let (step_x, step_y) = (BOX_WIDTH + PADDING, BOX_HEIGHT + PADDING);
        for (position, member) in members.iter().enumerate() {
            let x = place.x + PADDING + whole(position % columns) * step_x;
            let y = place.y + PADDING + whole(position / columns) * step_y;
            self.put(*member, Place { x, y });
        }
        let (width, height) = (whole(columns) * step_x + PADDING, whole(rows) * step_y + PADDING);
        self.frames.push(Frame { issuer, place, width, height, members });
        self.height += height + ROW - BOX_HEIGHT;
        place.y + PADDING
    }

    /// Places those that neither issued nor were issued by another.
    fn loners(&mut self, family: &Family) {
        let alone: Vec<usize> = (0..family.len()).filter(|member| family.is_alone(*member)).collect();
        for (position, member) in alone.iter().enumerate() {
            let y = self.height + whole(position / COLUMNS) * ROW;
            self.put(*member, Place { x: whole(position % COLUMNS) * COLUMN, y });
        }
        self.height += whole(alone.len().div_ceil(COLUMNS)) * ROW;
    }

    fn put(&mut self, member: usize, at: Place) {
        if let Some(place) = self.places.get_mut(member) {
            *place = at;
        }
    }
}

/// A count as pixels are counted.
pub(super) fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;
    use crate::testing;

    fn layout(certificates: &[&testkit::Certificate]) -> Layout {
        let layout = Layout::of(&testing::report(testkit::bundle(certificates).as_bytes()).graph);
        for (number, place) in layout.places.iter().enumerate() {
            assert!(place.x + BOX_WIDTH <= layout.width && place.y + BOX_HEIGHT <= layout.height);
            for other in layout.places.iter().skip(number + 1) {
                let apart = (place.x - other.x).abs() >= BOX_WIDTH || (place.y - other.y).abs() >= BOX_HEIGHT;
                assert!(apart, "two boxes overlap: {place:?} {other:?}");
            }
        }
        layout
    }

    #[test]
    fn issuers_stand_left_of_what_they_issued() {
        let root = testkit::root("root");
        let [one, two] =
            ["one", "two"].map(|name| testkit::intermediate_builder(name).ca(None).signed_by(&root));
        let below = testkit::intermediate("below", &two);
        let layout = layout(&[&below, &two, &one, &root, &testkit::root("alone")]);
        let columns: Vec<i64> = layout.places.iter().map(|place| place.x / COLUMN).collect();
        assert_eq!(columns, [2, 1, 1, 0, 0]);
        assert_eq!(layout.edges.len(), 3);
    }

    #[test]
    fn sixty_four_loners_fill_a_grid() {
        let roots: Vec<testkit::Certificate> =
            (0..64).map(|number| testkit::root(&format!("root {number}"))).collect();
        let layout = layout(&roots.iter().collect::<Vec<_>>());
        assert_eq!((layout.width, layout.height), (4 * COLUMN - 50, 16 * ROW - 14));
    }

    #[test]
    fn many_brothers_share_a_frame_and_an_arrow() {
        let root = testkit::root("root");
        let mut certificates: Vec<testkit::Certificate> =
            (0..62).map(|number| testkit::intermediate(&format!("issuing {number}"), &root)).collect();
        let parent = testkit::intermediate_builder("parent").ca(None).signed_by(&root);
        certificates.extend([testkit::intermediate("below", &parent), parent, root]);
        let layout = layout(&certificates.iter().skip(1).collect::<Vec<_>>());
        assert_eq!((layout.edges.len(), layout.frames.len()), (2, 1));
        let frame = &layout.frames[0];
        for place in layout.places.iter().take(61) {
            assert!(
                place.x > frame.place.x && place.x + BOX_WIDTH < frame.place.x + frame.width,
                "{place:?}"
            );
            assert!(
                place.y > frame.place.y && place.y + BOX_HEIGHT < frame.place.y + frame.height,
                "{place:?}"
            );
        }
        assert!(layout.width <= 4 * COLUMN - 50);
    }

    #[test]
    fn circles_and_copies_end() {
        let (a, b) = (testkit::root_builder("a"), testkit::root_builder("b"));
        let (own_a, own_b) = (a.self_signed(), b.self_signed());
        let (a_by_b, b_by_a) = (a.signed_by(&own_b), b.signed_by(&own_a));
        layout(&[&a_by_b, &b_by_a]);
        layout(&[&a_by_b, &own_a, &b_by_a, &own_b, &own_a, &testkit::intermediate("below", &own_a)]);
    }
}
