/** Sounds that jobs are made of. */

/** A tone as a WAV file. */
export function tone(seconds: number): Blob {
  const [hz, count] = [16_000, seconds * 16_000];
  const file = Buffer.alloc(44 + 2 * count);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + 2 * count, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(hz, 24);
  file.writeUInt32LE(2 * hz, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(2 * count, 40);
  for (let place = 0; place < count; place += 1) {
    file.writeInt16LE(
      Math.round(6000 * Math.sin((2 * Math.PI * 150 * place) / hz)),
      44 + 2 * place,
    );
  }
  return new Blob([file], { type: "audio/wav" });
}
