//! A clock that jumps: the daemon stays, goes by AWS's, holds what goes forward meanwhile, and takes traffic back as ever.

use jiff::SignedDuration;

use crate::world::{at_the_gate, status, waits};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_is_set_by_awss_and_skips_no_hold() {
    for jump in [HOUR, -HOUR] {
        let (world, fleet, _) = at_the_gate().await;
        let before = world.share();
        let right = world.region.clock().now;
        world.clock.follow(right + jump, 1.0);
        // The minutes are of a clock that is set meanwhile.
        world.minutes(&fleet, 1).await;
        world.minutes(&fleet, 2).await;
        assert_eq!(waits(&fleet, "checkout"), "Approval", "{jump:#}");
        assert_eq!(world.share(), before, "{jump:#}");
        let off = world.clock.now().duration_since(world.region.clock().now);
        assert!(off.abs() < SignedDuration::from_secs(2), "{off:#}");
        assert_eq!(world.clock.doubt(), None, "{jump:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn traffic_is_taken_back_by_awss_clock_while_ours_is_wrong() {
    for jump in [HOUR, -HOUR] {
        let (world, fleet, _) = at_the_gate().await;
        assert_eq!(world.share(), 10, "{jump:#}");
        world.ipv6_turns_bad();
        world.clock.follow(world.region.clock().now + jump, 1.0);
        world.minutes(&fleet, 1).await;
        world.minutes(&fleet, 10).await;
        let said = status(&fleet, "checkout").sentence;
        assert_eq!(world.share(), 0, "{jump:#}: {said}");
    }
}
