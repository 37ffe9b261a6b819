import type { ReactNode } from "react";
import { Tooltip } from "react-aria-components";

export function Tip({ children }: { children: ReactNode }) {
  return (
    <Tooltip className="tip" offset={6}>
      {children}
    </Tooltip>
  );
}
