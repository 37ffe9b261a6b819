// F6 walks through the regions of a screen: rail, top bar, main, and what a screen marks by
// data-region. The first thing that takes the focus in a region gets it, or the region itself.

const FOCUSABLE =
  "a[href], button:not([disabled]), input:not([disabled]), select, textarea, [tabindex='0']";

export function nextRegion(back: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter(
    (region) => region.offsetParent !== null || region.offsetWidth > 0,
  );
  if (regions.length === 0) return;
  // The innermost region that has the focus now.
  const now = regions.findLastIndex((region) => region.contains(document.activeElement));
  const to = regions[(now + (back ? -1 : 1) + regions.length) % regions.length];
  if (!to) return;
  const target = to.matches(FOCUSABLE) ? to : to.querySelector<HTMLElement>(FOCUSABLE);
  (target ?? to).focus();
}
