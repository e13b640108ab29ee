/** Where joints are by a GLB's own nodes and frames, without the page's code. */

import { Matrix4, Quaternion, Vector3 } from "three";

interface Gltf {
  asset: { extras: { fps: number } };
  nodes: { name: string; translation?: [number, number, number]; children?: number[] }[];
  animations: {
    channels: { sampler: number; target: { node: number; path: string } }[];
    samplers: { output: number }[];
  }[];
  accessors: { bufferView: number }[];
  bufferViews: { byteOffset: number; byteLength: number }[];
}

/** A joint's place in metres in the frame nearest to a time. */
export function placeOf(glb: ArrayBuffer, joint: string, seconds: number): number[] {
  const head = new DataView(glb).getUint32(12, true);
  const gltf = JSON.parse(new TextDecoder().decode(new Uint8Array(glb, 20, head))) as Gltf;
  const [animation] = gltf.animations;
  const frame = Math.round(seconds * gltf.asset.extras.fps);
  const values = (node: number, path: string, size: number) => {
    const of = animation?.channels.find(
      (each) => each.target.node === node && each.target.path === path,
    );
    const output = animation?.samplers[of?.sampler ?? -1]?.output;
    const view = gltf.bufferViews[gltf.accessors[output ?? -1]?.bufferView ?? -1];
    if (!view) return undefined;
    const start = 20 + head + 8 + view.byteOffset + 4 * size * frame;
    return Array.from(new Float32Array(glb.slice(start, start + 4 * size)));
  };
  const world = (node: number): Matrix4 => {
    const place = values(node, "translation", 3) ?? gltf.nodes[node]?.translation ?? [0, 0, 0];
    const turn = values(node, "rotation", 4) ?? [0, 0, 0, 1];
    const local = new Matrix4().compose(
      new Vector3().fromArray(place),
      new Quaternion().fromArray(turn),
      new Vector3(1, 1, 1),
    );
    const above = gltf.nodes.findIndex((each) => each.children?.includes(node));
    return above < 0 ? local : world(above).multiply(local);
  };
  const node = gltf.nodes.findIndex((each) => each.name === joint);
  return new Vector3().setFromMatrixPosition(world(node)).toArray();
}
