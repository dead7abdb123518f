import { ImportError } from '../../errors.ts';
import type { XmlHandler } from '../../util/xml.ts';
import { type RecordSpool, SpoolColumns, type SpoolLayer } from '../record-spool.ts';
import { geometryElements } from './geometry-builder.ts';
import { Placemark } from './placemark.ts';
import { Schemas } from './schemas.ts';

/** Layers that one file may have (wire contract 4.5). */
const MAX_LAYERS = 50;

const containers: ReadonlySet<string> = new Set(['Document', 'Folder']);
/** Elements that become rows. A ScreenOverlay has no place on the ground. */
const features: ReadonlySet<string> = new Set(['Placemark', 'GroundOverlay', 'PhotoOverlay']);
/** Elements whose inside is not data of the file: changes to other files, links, and how things look. */
const ignored: ReadonlySet<string> = new Set(['Update', 'NetworkLink', 'Style', 'StyleMap', 'LookAt', 'Camera']);

/** Elements of a feature and the columns that take their text. */
const ownElements: Readonly<Record<string, string>> = {
  name: 'name',
  description: 'description',
  address: 'address',
  phoneNumber: 'phone',
  Snippet: 'snippet',
  snippet: 'snippet',
  styleUrl: 'style_url',
  visibility: 'visibility',
  drawOrder: 'drawOrder',
  altitudeMode: 'altitudeMode',
};

const voidTags: ReadonlySet<string> = new Set(['br', 'hr', 'img', 'input', 'col', 'wbr']);

interface Container {
  name: string;
  layer: SpoolLayer | null;
}

/** Takes a KML file in and writes the rows of its placemarks. */
export class KmlReader implements XmlHandler {
  /** NetworkLinks met. */
  links = 0;
  readonly #spool: RecordSpool;
  readonly #fileName: string;
  readonly #columns = new SpoolColumns();
  readonly #schemas = new Schemas();
  readonly #path: string[] = [];
  readonly #containers: Container[];
  #placemark: Placemark | null = null;
  /** Depth of the element whose inside is ignored or is text with tags; 0: none. */
  #ignoredFrom = 0;
  #markupFrom = 0;
  #text = '';
  #dataName = '';
  #fields: ReturnType<Schemas['of']> = new Map();

  /** `fileName` names what lies in no named container. */
  constructor(spool: RecordSpool, fileName: string) {
    this.#spool = spool;
    this.#fileName = fileName;
    this.#containers = [{ name: '', layer: null }];
  }

  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void {
    const parent = this.#path.at(-1) ?? '';
    const depth = this.#path.push(name);
    if (this.#ignoredFrom > 0) return;
    if (this.#markupFrom > 0) {
      const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${value.replaceAll('"', '&quot;')}"`);
      this.#text += `<${name}${written.join('')}${voidTags.has(name.toLowerCase()) ? ' /' : ''}>`;
      return;
    }
    this.#text = '';
    if (name === 'NetworkLink') this.links++;
    if (ignored.has(name)) this.#ignoredFrom = depth;
    else if (containers.has(name)) this.#containers.push({ name: '', layer: null });
    else if (name === 'Schema') this.#schemas.begin(attributes.id, attributes.name);
    else if (name === 'SimpleField' || name === 'SimpleArrayField') {
      if (attributes.name !== undefined) this.#schemas.field(attributes.name, attributes.type);
    } else if (features.has(name)) {
      this.#placemark = new Placemark(this.#spool.file, line);
      if (attributes.id !== undefined) this.#placemark.own('kml_id', attributes.id);
    } else if (this.#placemark !== null) {
      this.#openInPlacemark(this.#placemark, name, parent, attributes, depth);
    }
  }

  #openInPlacemark(
    placemark: Placemark,
    name: string,
    parent: string,
    attributes: Readonly<Record<string, string>>,
    depth: number,
  ): void {
    if (geometryElements.has(name)) placemark.geometry.open(name);
    else if (name === 'description' && features.has(parent)) this.#markupFrom = depth;
    else if (name === 'SchemaData') {
      this.#fields = this.#schemas.of(attributes.schemaUrl);
      placemark.declare(this.#fields);
    } else if (name === 'Data' || name === 'SimpleData' || name === 'SimpleArrayData') {
      this.#dataName = attributes.name ?? '';
    }
  }

  text(piece: string): void {
    if (this.#ignoredFrom === 0) this.#text += piece;
  }

  close(name: string): void {
    const depth = this.#path.length;
    this.#path.pop();
    if (this.#ignoredFrom > 0) {
      if (this.#ignoredFrom === depth) this.#ignoredFrom = 0;
      return;
    }
    if (this.#markupFrom > 0 && this.#markupFrom < depth) {
      if (!voidTags.has(name.toLowerCase())) this.#text += `</${name}>`;
      return;
    }
    this.#markupFrom = 0;
    const text = this.#text;
    this.#text = '';
    const parent = this.#path.at(-1) ?? '';
    if (containers.has(name)) this.#containers.pop();
    else if (this.#placemark !== null && features.has(name)) this.#endPlacemark(this.#placemark);
    else if (this.#placemark !== null) this.#closeInPlacemark(this.#placemark, name, parent, text);
    else if (name === 'name' && containers.has(parent)) this.#nameContainer(text.trim());
  }

  #nameContainer(name: string): void {
    const container = this.#containers.at(-1);
    if (container !== undefined) container.name = name;
  }

  #closeInPlacemark(placemark: Placemark, name: string, parent: string, text: string): void {
    const { geometry } = placemark;
    if (geometryElements.has(name)) {
      geometry.close();
      return;
    }
    switch (parent) {
      case 'Data':
        if (name === 'value') placemark.extended(this.#dataName, text, null);
        return;
      case 'SchemaData':
        if (name === 'SimpleData') {
          placemark.extended(this.#dataName, text, this.#fields.get(this.#dataName) ?? null);
        }
        return;
      case 'SimpleArrayData':
        if (name === 'value') placemark.array(this.#dataName, text);
        return;
      case 'ExtendedData':
        // XML of other namespaces; an element that holds elements has no text of its own.
        if (name !== 'Data' && name !== 'SchemaData') placemark.extended(name, text, null);
        return;
      case 'TimeStamp':
        if (name === 'when') placemark.own('timestamp', text.trim());
        return;
      case 'TimeSpan':
        if (name === 'begin' || name === 'end') placemark.own(name, text.trim());
        return;
      case 'Icon':
        if (name === 'href') placemark.own('icon', text.trim());
        return;
      default:
        if (geometry.isOpen) geometry.value(name, text);
        else if (features.has(parent)) this.#own(placemark, name, text);
    }
  }

  #own(placemark: Placemark, name: string, text: string): void {
    const column = ownElements[name];
    if (column === undefined) return;
    if (column !== 'visibility') placemark.own(column, text.trim());
    else
      placemark.own(
        column,
        text
          .trim()
          .replace(/^true$/, '1')
          .replace(/^false$/, '0'),
      );
  }

  #endPlacemark(placemark: Placemark): void {
    this.#placemark = null;
    const path = this.#containers.map(({ name }) => name).filter((name) => name !== '');
    placemark.own('folder_path', path.join('/'));
    placemark.write(this.#layer());
  }

  /** The layer of the container that is open. */
  #layer(): SpoolLayer {
    const { layers } = this.#spool;
    const container = this.#containers.at(-1);
    if (container?.layer) return container.layer;
    if (layers.length === MAX_LAYERS) {
      throw new ImportError('tooManyLayers', {
        detail: `${this.#fileName} has more than ${MAX_LAYERS} folders with places; one file may have ${MAX_LAYERS} layers.`,
        hint: 'Put the places into fewer folders, or split the file.',
      });
    }
    // A container without a name is called as GDAL calls it, and the outermost as the file.
    const isOutermost = this.#containers.length <= 2;
    const fallback = isOutermost ? this.#fileName : `Layer #${layers.length}`;
    const layer = this.#spool.add(container?.name || fallback, this.#columns);
    if (container !== undefined) container.layer = layer;
    return layer;
  }
}
