// The last minute of one value, drawn on a small canvas.

const POINTS = 120;

export class Sparkline {
  #canvas;
  #points = [];

  constructor(canvas) {
    this.#canvas = canvas;
  }

  // Adds a point; null leaves a hole.
  push(value) {
    this.#points.push(value);
    if (this.#points.length > POINTS) this.#points.shift();
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width) return;
    if (this.#canvas.width !== Math.round(width * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    const context = this.#canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const known = this.#points.filter((value) => value !== null);
    if (known.length < 2) return;
    const low = Math.min(...known);
    const span = Math.max(...known) - low;
    const x = (place) => (width - 3) * (place + POINTS - this.#points.length) / (POINTS - 1);
    const y = (value) => (span === 0 ? height / 2 : height - 3 - (height - 6) * (value - low) / span);
    context.strokeStyle = getComputedStyle(this.#canvas).getPropertyValue("--accent");
    context.lineWidth = 1.4;
    context.lineJoin = "round";
    context.beginPath();
    let isDown = false;
    this.#points.forEach((value, place) => {
      if (value === null) {
        isDown = false;
      } else if (isDown) {
        context.lineTo(x(place), y(value));
      } else {
        context.moveTo(x(place), y(value));
        isDown = true;
      }
    });
    context.stroke();
  }
}
