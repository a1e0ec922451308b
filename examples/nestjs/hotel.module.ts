import { Module } from '@nestjs/common';
import { TypeflowModule } from 'typeflow/nestjs';
import { BookingWorkflow } from './booking-workflow';
import { Hotel } from './hotel';

/** The workflow and what it injects. */
@Module({ imports: [TypeflowModule.forFeature([BookingWorkflow])], providers: [Hotel] })
export class HotelModule {}
