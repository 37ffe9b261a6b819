// One row of a tree. While the tree is scrolled a row that stays in view is not drawn anew.
import { ChevronRight } from "lucide-react";
import { isValidElement, memo, type ReactNode, type RefObject } from "react";
import { cx } from "./cx.ts";

export interface TreeRow {
  key: string;
  depth: number;
  /** undefined: a leaf. */
  open?: boolean | undefined;
  /** It is drawn anew when it is of another component, or when one of its properties is another one. */
  content: ReactNode;
  tone?: "err" | "hit" | undefined;
}

interface TreeLineProps extends Omit<TreeRow, "key"> {
  id: string;
  index: number;
  isAt: boolean;
  isChosen: boolean;
  height: number;
  flat: boolean;
  /** What the tree does when a row is clicked, and when its sign is. */
  acts: RefObject<{ press: (index: number) => void; turn: (index: number) => void }>;
}

function sameMembers(a: object, b: object, same: (x: unknown, y: unknown) => boolean): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => same(Reflect.get(a, name), Reflect.get(b, name)))
  );
}

/** The same, or two elements that React would draw alike. */
function alike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isValidElement<object>(a) || !isValidElement<object>(b)) return false;
  return a.type === b.type && a.key === b.key && sameMembers(a.props, b.props, Object.is);
}

export const TreeLine = memo(
  function TreeLine(props: TreeLineProps) {
    const { index, depth, open, isAt, isChosen, tone, acts } = props;
    return (
      <div
        id={props.id}
        role="treeitem"
        aria-level={depth + 1}
        aria-expanded={open}
        aria-selected={isChosen}
        className={cx(
          "tree-row",
          isAt && "tree-row-at",
          isChosen && "tree-row-chosen",
          tone && `tree-row-${tone}`,
        )}
        style={{
          height: props.height,
          paddingInlineStart: `${(props.flat ? 0 : depth * 16) + 6}px`,
        }}
        onClick={() => acts.current.press(index)}
      >
        {open === undefined ? (
          <span className="tree-leaf" />
        ) : (
          <span
            className={cx("tree-twist", open && "tree-twist-open")}
            onClick={(event) => {
              event.stopPropagation();
              acts.current.turn(index);
            }}
          >
            <ChevronRight size={13} aria-hidden="true" />
          </span>
        )}
        {props.content}
      </div>
    );
  },
  (a, b) => sameMembers(a, b, alike),
);
