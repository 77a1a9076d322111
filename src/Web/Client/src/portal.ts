import { focusErrors, printButtons, sendOnce } from './forms';

sendOnce();
focusErrors();
printButtons();
copyButtons();
askBeforeLeaving();
followProgress();
showCurrent();

/** `data-copy="id"`: copies that element's text and says so. */
function copyButtons(): void {
  if (!navigator.clipboard) return;
  document.querySelectorAll<HTMLButtonElement>('[data-copy]').forEach((button) => {
    const source = document.getElementById(button.dataset.copy ?? '');
    if (!source) return;
    const words = button.textContent;
    button.hidden = false;
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(source.textContent?.trim() ?? '');
      button.textContent = button.dataset.copied ?? words;
      window.setTimeout(() => (button.textContent = words), 2000);
    });
  });
}

/** `form[data-leave]`: the browser asks before something entered is lost. */
function askBeforeLeaving(): void {
  document.querySelectorAll<HTMLFormElement>('form[data-leave]').forEach((form) => {
    let changed = false;
    form.addEventListener('input', () => (changed = true));
    form.addEventListener('submit', () => (changed = false));
    window.addEventListener('beforeunload', (event) => {
      if (changed) event.preventDefault();
    });
  });
}

/**
 * `data-live="address"`: server-sent events say that something moved; the hidden word in `data-live-word` appears with a
 * link to reload. The page never changes under the reader's eyes.
 */
function followProgress(): void {
  document.querySelectorAll<HTMLElement>('[data-live]').forEach((place) => {
    const word = document.getElementById(place.dataset.liveWord ?? '');
    if (!word || !place.dataset.live) return;
    const events = new EventSource(place.dataset.live);
    events.addEventListener('changed', () => {
      word.hidden = false;
      events.close();
    });
    window.addEventListener('pagehide', () => events.close());
  });
}

/** On a phone the sections scroll sideways: the current one is brought into view. */
function showCurrent(): void {
  document.querySelector('.head-nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
}
