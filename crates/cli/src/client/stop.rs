//! Ctrl-C while something is followed.

use crate::exit;

/// From now on Ctrl-C ends the program with the code for it. What was printed are whole lines, so nothing is left half.
pub(crate) fn at_ctrl_c() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            std::process::exit(exit::STOPPED.into());
        }
    });
    Ok(())
}
