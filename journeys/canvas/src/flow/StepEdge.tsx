import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type EdgeProps } from "@xyflow/react";
import { useEditor } from "../editor";
import { AddMenu } from "./AddMenu";

export function StepEdge(props: EdgeProps) {
  const { mayChange } = useEditor();
  const [path, x, y] = getSmoothStepPath({ ...props, borderRadius: 12 });
  return (
    <>
      <BaseEdge id={props.id} path={path} markerEnd={props.markerEnd} interactionWidth={24} />
      {mayChange && (
        <EdgeLabelRenderer>
          <div
            className={`on-edge nodrag nopan ${props.selected ? "is-selected" : ""}`}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          >
            <AddMenu from={props.source} port={props.sourceHandleId ?? "next"} label="Put a step in between" />
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
