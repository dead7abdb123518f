import { render } from 'preact';
import { App } from './app.tsx';
import './styles/base.css';
import './styles/shell.css';
import './styles/forms.css';
import './styles/page.css';
import './styles/import.css';
import './styles/tables.css';
import './styles/dataset.css';
import './styles/parts.css';
import './styles/review.css';
import './styles/sources.css';
import './styles/maps.css';

const place = document.getElementById('app');
if (place !== null) render(<App />, place);
