/** Colours times opacity and back, in the integer arithmetic of PIL (libImaging/Convert.c: `rgbA2rgba`, `rgba2rgbA`). */

export function premultiply(rgb: Uint8Array, alpha: Uint8Array): Uint8Array {
  return rgb.map((value, i) => {
    const product = value * (alpha[Math.floor(i / 3)] ?? 255) + 128;
    return ((product >> 8) + product) >> 8;
  });
}

export function unpremultiply(rgb: Uint8Array, alpha: Uint8Array): Uint8Array {
  return rgb.map((value, i) => {
    const opacity = alpha[Math.floor(i / 3)] ?? 255;
    return opacity === 0 ? value : Math.min(255, Math.floor((255 * value) / opacity));
  });
}
