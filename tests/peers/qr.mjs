// Reads the code on a page as a camera would, with npm jsqr. In: { "svg": the element on the page }. Out: { "text" }.
// The picture is drawn in Chromium, so that it is what a person's screen shows.
import { chromium } from 'playwright-core';
import jsqr from 'jsqr';

let text = '';
for await (const part of process.stdin) text += part;
const { svg } = JSON.parse(text);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 480, height: 480 } });
  await page.setContent(`<style>body { margin: 0 } svg { width: 480px; height: 480px; display: block }</style>${svg}`);
  const picture = (await page.screenshot()).toString('base64');
  const { data, width, height } = await page.evaluate(async (png) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return { data: [...context.getImageData(0, 0, image.width, image.height).data], width: image.width, height: image.height };
  }, picture);
  const code = jsqr(new Uint8ClampedArray(data), width, height);
  if (!code) throw new Error('no code was found in the picture');
  process.stdout.write(JSON.stringify({ text: code.data }));
} finally {
  await browser.close();
}
