import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ApiError } from '../api/session.ts';
import {
  type DriveService,
  disconnectDrive,
  driveSignIn,
  isDriveConnected,
  listDriveFiles,
  listDriveServices,
} from '../api/sources.ts';
import { bytesText, countText } from '../format.ts';
import { Checklist } from '../parts/checklist.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { texts } from '../texts.ts';
import { TakeChosen } from './take-chosen.tsx';

/** Files of cloud drives, to be ticked; of services that this server is registered with. */
export function ImportDrive(): JSX.Element {
  const again = useSignal(0);
  const loaded = useLoaded(async () => {
    const services = await listDriveServices();
    return Promise.all(services.map(async (service) => ({ service, isConnected: await isDriveConnected(service) })));
  }, [again.value]);
  return (
    <Shown loaded={loaded.value}>
      {(services) =>
        services.length === 0 ? (
          <section class="card source">
            <p>{texts.drive.none}</p>
            <p class="hint">{texts.drive.noneHint}</p>
          </section>
        ) : (
          services.map(({ service, isConnected }) => (
            <section key={service} class="card stack source" aria-label={texts.drive.services[service]}>
              <h2>{texts.drive.services[service]}</h2>
              <Drive
                service={service}
                isConnected={isConnected}
                onChange={() => {
                  again.value++;
                }}
              />
            </section>
          ))
        )
      }
    </Shown>
  );
}

interface Props {
  readonly service: DriveService;
  readonly onChange: () => void;
}

function Drive({ service, isConnected, onChange }: Props & { readonly isConnected: boolean }): JSX.Element {
  return isConnected ? (
    <Files service={service} onChange={onChange} />
  ) : (
    <Connect service={service} onChange={onChange} />
  );
}

/** How often it is asked whether the sign-in in the other window has ended, in milliseconds. */
const LOOK_EVERY = 2_000;

function Connect({ service, onChange }: Props): JSX.Element {
  const isWaiting = useSignal(false);
  const problem = useSignal<string | null>(null);

  useEffect(() => {
    if (!isWaiting.value) return;
    const timer = setInterval(() => {
      isDriveConnected(service).then(
        (isConnected) => {
          if (isConnected) onChange();
        },
        () => undefined,
      );
    }, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [isWaiting.value]);

  async function signIn(): Promise<void> {
    // A window that is opened later than the click is one that browsers do not let open.
    const popup = open('about:blank', '_blank', 'popup,width=620,height=760');
    try {
      problem.value = null;
      const url = await driveSignIn(service);
      if (popup === null) {
        problem.value = texts.drive.noWindow;
        return;
      }
      popup.opener = null;
      popup.location.href = url;
      isWaiting.value = true;
    } catch (error) {
      popup?.close();
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    }
  }

  return (
    <>
      <p class="row start">
        <button type="button" class="main" onClick={() => void signIn()}>
          {texts.drive.connect(texts.drive.services[service])}
        </button>
        <span class="hint" role="status">
          {isWaiting.value ? texts.drive.waiting : null}
        </span>
      </p>
      {problem.value === null ? null : <Problem text={problem.value} />}
    </>
  );
}

function Files({ service, onChange }: Props): JSX.Element {
  const loaded = useLoaded(() => listDriveFiles(service), [service]);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const problem = useSignal<string | null>(null);

  async function disconnect(): Promise<void> {
    try {
      await disconnectDrive(service);
      onChange();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    }
  }

  return (
    <>
      <Shown loaded={loaded.value}>
        {(files) => (
          <>
            <Checklist
              label={texts.drive.found(countText(files.length))}
              choices={files.map(({ id, title, size }) => ({
                id,
                label: title,
                hint: size === 0 ? '' : bytesText(size),
              }))}
              chosen={chosen}
            />
            <TakeChosen
              taken={files
                .filter(({ id }) => chosen.value.has(id))
                .map(({ id, title }) => ({ name: title, wish: { service_name: service, service_item_id: id } }))}
              onTaken={() => {
                chosen.value = new Set();
              }}
            />
          </>
        )}
      </Shown>
      {problem.value === null ? null : <Problem text={problem.value} />}
      <p>
        <button type="button" class="plain bad" onClick={() => void disconnect()}>
          {texts.drive.disconnect}
        </button>
      </p>
    </>
  );
}
