//! What one decision costs: `cargo bench -p sixshift-core`. Wanted: under 20 µs.

#![allow(missing_docs, reason = "a bench is no library")]

#[path = "../tests/world/mod.rs"]
mod world;

use divan::Bencher;
use world::{World, build::plan};

fn main() {
    divan::main();
}

/// In the middle of a hold at 10 %.
#[divan::bench]
fn in_a_hold(bencher: Bencher<'_, '_>) {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.minutes(4);
    let seen = world.look();
    bencher.bench_local(|| world.decide_on(divan::black_box(&seen)));
}

/// Late in the bake.
#[divan::bench]
fn in_the_bake(bencher: Bencher<'_, '_>) {
    let mut world = World::new(plan(&[("bake: 15m", "bake: 24h")]));
    world.climb_to_share(100);
    world.minutes(20 * 60);
    let seen = world.look();
    bencher.bench_local(|| world.decide_on(divan::black_box(&seen)));
}
