// Keys as their caps.
import { capsOf } from "../keys/chord.ts";

export function Caps({ keys }: { keys: string }) {
  return (
    <span className="caps">
      {capsOf(keys).map((caps, press) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: presses have no other name
        caps.map((cap) => <kbd key={`${press} ${cap}`}>{cap}</kbd>),
      )}
    </span>
  );
}
