import { mount } from 'svelte'
import App from './App.svelte'
import { start } from './lib/app.svelte'
import { listen } from './lib/router.svelte'
import './styles/base.css'

listen()
void start()
mount(App, { target: document.getElementById('app')! })
