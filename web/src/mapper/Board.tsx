/* The two trees and the lines between them. */
import { memo, useCallback, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { Empty } from "../ui/Empty.tsx";
import { useMapping } from "./mapping.tsx";
import { SourceSide, useSourceShown } from "./SourceSide.tsx";
import { TargetSide } from "./TargetSide.tsx";
import type { Shown } from "./trees.ts";
import { Wires } from "./Wires.tsx";

const Source = memo(SourceSide);
const Target = memo(TargetSide);

interface View {
  readonly top: number;
  readonly height: number;
}

function useView(): [View, (top: number, height: number) => void] {
  const [view, setView] = useState<View>({ top: 0, height: 0 });
  const tell = useCallback(
    (top: number, height: number) =>
      setView((now) => (now.top === top && now.height === height ? now : { top, height })),
    [],
  );
  return [view, tell];
}

export function Board({ targets, rowHeight }: { targets: Shown; rowHeight: number }) {
  const t = useText();
  const { target } = useMapping();
  const sources = useSourceShown();
  const [left, onLeft] = useView();
  const [right, onRight] = useView();
  return (
    <div className="map-board">
      <Source shown={sources} rowHeight={rowHeight} onScrolled={onLeft} />
      <div className="map-between">
        <div className="map-side-head" />
        <Wires
          source={{ shown: sources, ...left }}
          target={{ shown: targets, ...right }}
          row={rowHeight}
        />
      </div>
      <Target shown={targets} rowHeight={rowHeight} onScrolled={onRight} />
      {target.length === 0 && (
        <div className="map-empty">
          <Empty title={t("mapper.noTarget")}>{t("mapper.noTargetText")}</Empty>
        </div>
      )}
    </div>
  );
}
