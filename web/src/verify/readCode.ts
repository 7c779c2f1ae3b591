import { decodeQR } from 'qr/decode.js';

/** Longest side of the picture that is searched: a telephone's photograph is far larger than needed. */
const SIDES = [1600, 900, 2600];

/** The text of the QR code in a picture. Tries some sizes: a small code needs many pixels, a blurred one few. */
export async function readCode(file: Blob): Promise<string | null> {
  const picture = await createImageBitmap(file);
  try {
    for (const side of SIDES) {
      const by = Math.min(1, side / Math.max(picture.width, picture.height));
      const width = Math.max(1, Math.round(picture.width * by));
      const height = Math.max(1, Math.round(picture.height * by));
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const pen = canvas.getContext('2d', { willReadFrequently: true });
      if (!pen) return null;
      pen.fillStyle = '#fff';
      pen.fillRect(0, 0, width, height);
      pen.drawImage(picture, 0, 0, width, height);
      try {
        return decodeQR(pen.getImageData(0, 0, width, height));
      } catch {
        /* not found at this size */
      }
    }
    return null;
  } finally {
    picture.close();
  }
}
