/* Instead of d3-color: what moves on the board is moved by numbers, and nothing there is a colour that
 * d3 would have to read (vite.config.ts). */
const none = (): null => null;

export {
  none as color,
  none as cubehelix,
  none as gray,
  none as hcl,
  none as hsl,
  none as lab,
  none as lch,
  none as rgb,
};
