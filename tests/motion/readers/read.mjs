// Where every joint stands in every frame of a file, as three.js and three-vrm read it.
// node --input-type=module - KIND FILE FPS FRAMES < read.mjs; prints JSON.
import fs from 'node:fs'
import * as THREE from 'three'
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js'
import { BVHLoader } from 'three/addons/loaders/BVHLoader.js'
import { VRMAnimationLoaderPlugin, createVRMAnimationClip } from '@pixiv/three-vrm-animation'
import { VRMExpression, VRMExpressionManager, VRMHumanoid } from '@pixiv/three-vrm'

globalThis.self = globalThis
const warnings = []
console.warn = (...words) => warnings.push(words.join(' '))
const [kind, file, fps, frames] = process.argv.slice(2)

function played(root, clip, joints, after = () => {}) {
  const mixer = new THREE.AnimationMixer(root)
  const action = mixer.clipAction(clip)
  action.setLoop(THREE.LoopOnce)
  action.clampWhenFinished = true
  action.play()
  const places = []
  for (let frame = 0; frame < Number(frames); frame++) {
    action.reset()
    mixer.setTime(0)
    mixer.update(Math.min(frame / Number(fps), clip.duration))
    after(frame)
    root.updateMatrixWorld(true)
    places.push(joints.map((joint) => joint.getWorldPosition(new THREE.Vector3()).toArray()))
  }
  return places
}

function parsedGltf() {
  const loader = new GLTFLoader()
  loader.register((parser) => new VRMAnimationLoaderPlugin(parser))
  const bytes = fs.readFileSync(file)
  const content = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  return loader.parseAsync(content, '')
}

async function gltf() {
  const read = await parsedGltf()
  const nodes = await read.parser.getDependencies('node')
  const joints = nodes.slice(0, 55)
  const mesh = read.scene.getObjectByProperty('isSkinnedMesh', true)
  return {
    names: joints.map((joint) => joint.name),
    places: played(read.scene, read.animations[0], joints),
    duration: read.animations[0].duration,
    morphs: mesh ? Object.keys(mesh.morphTargetDictionary) : [],
  }
}

function bvh() {
  const { skeleton, clip } = new BVHLoader().parse(fs.readFileSync(file, 'ascii'))
  // a leaf of the hierarchy becomes a bone of its own, called ENDSITE
  const joints = skeleton.bones.filter((bone) => bone.name !== 'ENDSITE')
  return {
    names: joints.map((joint) => joint.name),
    places: played(skeleton.bones[0], clip, joints),
    duration: clip.duration,
  }
}

// A VRM avatar of the file's own proportions, moved through three-vrm's retargeting.
async function vrma() {
  const read = await parsedGltf()
  const animation = read.userData.vrmAnimations[0]
  const nodes = await read.parser.getDependencies('node')
  const bones = read.parser.json.extensions.VRMC_vrm_animation.humanoid.humanBones
  const human = {}
  for (const [bone, { node }] of Object.entries(bones)) human[bone] = { node: nodes[node] }
  const humanoid = new VRMHumanoid(human)
  const scene = read.scene
  scene.add(humanoid.normalizedHumanBonesRoot)
  const expressionManager = new VRMExpressionManager()
  for (const name of ['aa', 'ou', 'ee', 'blink']) {
    const expression = new VRMExpression(name)
    expressionManager.registerExpression(expression)
    scene.add(expression)
  }
  const avatar = { scene, humanoid, expressionManager, meta: { metaVersion: '1' } }
  const clip = createVRMAnimationClip(animation, avatar)
  const strengths = []
  const places = played(scene, clip, nodes.slice(0, 55), () => {
    humanoid.update()
    strengths.push(expressionManager.expressions.map((expression) => expression.weight))
  })
  return {
    names: nodes.slice(0, 55).map((joint) => joint.name),
    places,
    duration: clip.duration,
    bones: Object.keys(bones),
    tracks: clip.tracks.length,
    hips: animation.restHipsPosition.y,
    strengths,
  }
}

const found = await { gltf, bvh, vrma }[kind]()
console.log(JSON.stringify({ ...found, warnings }))
