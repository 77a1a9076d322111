// What both faces share. Every page works without these; they only spare a person a mistake.

/** A form is sent once: its buttons rest after the first press, and wake when the page is shown again by "back". */
export function sendOnce(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== 'post') return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = 'yes';
    // An answer that is a file leaves the page standing.
    window.setTimeout(() => delete form.dataset.sent, 8000);
  });
  window.addEventListener('pageshow', () => {
    document.querySelectorAll<HTMLFormElement>('form[data-sent]').forEach((form) => delete form.dataset.sent);
  });
}

/** The list of what was wrong is read out and scrolled to first. */
export function focusErrors(): void {
  document.querySelector<HTMLElement>('.errors')?.focus();
}

/** Buttons that print the page: `data-print`. */
export function printButtons(): void {
  document.querySelectorAll<HTMLButtonElement>('[data-print]').forEach((button) => {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  });
}
